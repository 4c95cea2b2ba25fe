-- What became of each record as training material: one row for each decision of the curator.

CREATE TABLE samples
(
    task         LowCardinality(String),
    record_id    String,
    decision     LowCardinality(String),
    target       Nullable(String),
    task_version LowCardinality(Nullable(String)),
    duplicate_of Nullable(String),
    matched_by   LowCardinality(Nullable(String)),
    similarity   Nullable(Float64),
    reason       LowCardinality(Nullable(String)),
    detail       Nullable(String),
    decided_at   DateTime64(3, 'UTC'),
    event_id     String
)
ENGINE = MergeTree
ORDER BY (task, record_id, decided_at, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW samples_from_events TO samples AS
WITH JSONExtract(data, 'Tuple(
    task String, recordId String, taskVersion Nullable(String), duplicateOf Nullable(String),
    matchedBy Nullable(String), similarity Nullable(Float64), reason Nullable(String), detail Nullable(String))') AS sample
SELECT
    sample.task        AS task,
    sample.recordId    AS record_id,
    transform(type, ['SampleAccepted', 'SampleDeduplicated', 'SampleRejected'],
                    ['accepted', 'deduplicated', 'rejected'], '') AS decision,
    if(JSONHas(data, 'target'), if(JSONType(data, 'target') = 'String', JSONExtractString(data, 'target'), JSONExtractRaw(data, 'target')), NULL) AS target,
    sample.taskVersion AS task_version,
    sample.duplicateOf AS duplicate_of,
    sample.matchedBy   AS matched_by,
    sample.similarity  AS similarity,
    sample.reason      AS reason,
    sample.detail      AS detail,
    time               AS decided_at,
    id                 AS event_id
FROM stream_samples
WHERE type IN ('SampleAccepted', 'SampleDeduplicated', 'SampleRejected');
