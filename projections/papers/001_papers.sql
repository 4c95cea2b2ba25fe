-- Papers as their sources gave them, and the lines of sources that are none.

CREATE TABLE papers
(
    arxiv_id         String,
    title            String,
    abstract         String CODEC(ZSTD),
    authors          Array(String),
    categories       Array(LowCardinality(String)),
    primary_category LowCardinality(String),
    published        Date32,
    collection_id    String,
    line             UInt64,
    ingested_at      DateTime64(3, 'UTC'),
    event_id         String
)
ENGINE = MergeTree
ORDER BY (arxiv_id, ingested_at, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW papers_from_events TO papers AS
WITH JSONExtract(data, 'Tuple(
    arxivId String, title String, abstract String, authors Array(String), categories Array(String),
    primaryCategory String, published String, collectionId String, line UInt64)') AS paper
SELECT
    paper.arxivId                      AS arxiv_id,
    paper.title                        AS title,
    paper.abstract                     AS abstract,
    paper.authors                      AS authors,
    paper.categories                   AS categories,
    paper.primaryCategory              AS primary_category,
    toDate32OrDefault(paper.published) AS published,
    paper.collectionId                 AS collection_id,
    paper.line                         AS line,
    time                               AS ingested_at,
    id                                 AS event_id
FROM events
WHERE type = 'PaperIngested';

CREATE TABLE rejected_papers
(
    paper_id      String,
    collection_id String,
    line          UInt64,
    code          LowCardinality(String),
    reason        String,
    rejected_at   DateTime64(3, 'UTC'),
    event_id      String
)
ENGINE = MergeTree
ORDER BY (collection_id, line, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW rejected_papers_from_events TO rejected_papers AS
WITH JSONExtract(data, 'Tuple(
    paperId String, collectionId String, line UInt64, code String, reason String)') AS rejection
SELECT
    rejection.paperId      AS paper_id,
    rejection.collectionId AS collection_id,
    rejection.line         AS line,
    rejection.code         AS code,
    rejection.reason       AS reason,
    time                   AS rejected_at,
    id                     AS event_id
FROM events
WHERE type = 'PaperRejected';
