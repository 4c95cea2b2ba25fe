-- A page of papers, from the first published on, with what the curator decided of each.
WITH
    page AS
    (
        SELECT arxiv_id, title, primary_category, categories, published, collection_id, ingested_at, event_id
        FROM papers
        WHERE (published, arxiv_id, event_id)
                > ({afterPublished:Date32}, {afterArxivId:String}, {afterEventId:String})
          AND primary_category = coalesce({category:Nullable(String)}, primary_category)
          AND collection_id = coalesce({collectionId:Nullable(String)}, collection_id)
          AND published >= coalesce({from:Nullable(Date32)}, published)
          AND published < coalesce({to:Nullable(Date32)}, toDate32('2299-12-31'))
          AND ({decision:Nullable(String)} IS NULL
               OR arxiv_id IN (SELECT arxiv_id FROM samples WHERE decision = {decision:Nullable(String)}))
        ORDER BY published, arxiv_id, event_id
        LIMIT {limit:UInt32}
    ),
    decided AS
    (
        SELECT arxiv_id, arrayMap(d -> d.3, arraySort(groupArray((decided_at, event_id, decision)))) AS decisions
        FROM samples
        WHERE arxiv_id IN (SELECT arxiv_id FROM page)
        GROUP BY arxiv_id
    )
SELECT
    page.arxiv_id         AS arxivId,
    page.title            AS title,
    page.primary_category AS primaryCategory,
    page.categories       AS categories,
    page.published        AS published,
    page.collection_id    AS collectionId,
    page.ingested_at      AS ingestedAt,
    page.event_id         AS eventId,
    decided.decisions     AS decisions
FROM page LEFT JOIN decided ON page.arxiv_id = decided.arxiv_id
ORDER BY published, arxivId, eventId
