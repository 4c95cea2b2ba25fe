-- What became of each paper as training material: one row for each decision of the curator.

CREATE TABLE samples
(
    arxiv_id     String,
    decision     LowCardinality(String),
    label        LowCardinality(Nullable(String)),
    words        Nullable(UInt32),
    duplicate_of Nullable(String),
    matched_by   LowCardinality(Nullable(String)),
    similarity   Nullable(Float64),
    reason       LowCardinality(Nullable(String)),
    detail       Nullable(String),
    decided_at   DateTime64(3, 'UTC'),
    event_id     String
)
ENGINE = MergeTree
ORDER BY (arxiv_id, decided_at, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW samples_from_events TO samples AS
WITH JSONExtract(data, 'Tuple(
    arxivId String, label Nullable(String), words Nullable(UInt32), duplicateOf Nullable(String),
    matchedBy Nullable(String), similarity Nullable(Float64), reason Nullable(String), detail Nullable(String))') AS sample
SELECT
    sample.arxivId     AS arxiv_id,
    transform(type, ['SampleAccepted', 'SampleDeduplicated', 'SampleRejected'],
                    ['accepted', 'deduplicated', 'rejected'], '') AS decision,
    sample.label       AS label,
    sample.words       AS words,
    sample.duplicateOf AS duplicate_of,
    sample.matchedBy   AS matched_by,
    sample.similarity  AS similarity,
    sample.reason      AS reason,
    sample.detail      AS detail,
    time               AS decided_at,
    id                 AS event_id
FROM events
WHERE type IN ('SampleAccepted', 'SampleDeduplicated', 'SampleRejected');
