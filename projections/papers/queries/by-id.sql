-- A paper as it was ingested first. It may come again, which the curator then notices.
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
ORDER BY ingested_at, event_id
LIMIT 1
