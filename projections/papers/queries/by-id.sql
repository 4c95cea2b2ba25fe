-- A paper as it was ingested last: it may come again with a corrected text or label.
SELECT
    arxiv_id         AS arxivId,
    title,
    abstract,
    authors,
    categories,
    primary_category AS primaryCategory,
    published,
    collection_id    AS collectionId,
    line,
    ingested_at      AS ingestedAt,
    event_id         AS eventId
FROM papers
WHERE arxiv_id = {arxivId:String}
ORDER BY ingested_at DESC, event_id DESC
LIMIT 1
