-- What became of each record as training material: one row for each decision of the curator.

CREATE TABLE samples
(
    task         LowCardinality(String),
    record_id    String,
    decision     LowCardinality(String), -- accepted, deduplicated or rejected
    target       Nullable(String), -- the class or the number, as text; null when it was not accepted
    task_version LowCardinality(Nullable(String)),
    duplicate_of Nullable(String),
    matched_by   LowCardinality(Nullable(String)),
    similarity   Nullable(Float64), -- of a duplicate: 1, or of a near one the Jaccard similarity of the texts
    reason       LowCardinality(Nullable(String)),
    detail       Nullable(String),
    decided_at   DateTime64(3, 'UTC'), -- when the curator decided
    event_id     String,
    topic        LowCardinality(String),
    partition    UInt16,
    offset       UInt64
)
ENGINE = MergeTree
ORDER BY (task, record_id, decided_at, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW samples_from_events TO samples AS
SELECT
    task,
    recordId    AS record_id,
    transform(_type, ['SampleAccepted', 'SampleDeduplicated', 'SampleRejected'],
                    ['accepted', 'deduplicated', 'rejected'], '') AS decision,
    if(startsWith(target, '"'), JSONExtractString(target), target) AS target, -- it was JSON: of a text or a number
    taskVersion AS task_version,
    duplicateOf AS duplicate_of,
    matchedBy   AS matched_by,
    similarity,
    reason,
    detail,
    _time       AS decided_at,
    _id         AS event_id,
    _topic      AS topic,
    _partition  AS partition,
    _offset     AS offset
FROM stream_samples
WHERE _type IN ('SampleAccepted', 'SampleDeduplicated', 'SampleRejected');
