-- Records of tasks as their sources gave them, and the rows of sources that hold none.

CREATE TABLE records
(
    task          LowCardinality(String),
    record_id     String,
    time          Nullable(DateTime64(3, 'UTC')),
    task_version  LowCardinality(String),
    fields        String CODEC(ZSTD),
    collection_id String,
    line          UInt64,
    ingested_at   DateTime64(3, 'UTC'),
    event_id      String
)
ENGINE = MergeTree
ORDER BY (task, record_id, ingested_at, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW records_from_events TO records AS
WITH JSONExtract(data, 'Tuple(
    task String, recordId String, time Nullable(String), taskVersion String, collectionId String, line UInt64)') AS record
SELECT
    record.task                                           AS task,
    record.recordId                                       AS record_id,
    parseDateTime64BestEffortOrNull(record.time, 3, 'UTC') AS time,
    record.taskVersion                                    AS task_version,
    JSONExtractRaw(data, 'fields')                        AS fields,
    record.collectionId                                   AS collection_id,
    record.line                                           AS line,
    event.time                                           AS ingested_at,
    id                                                    AS event_id
FROM stream_records AS event
WHERE type = 'RecordIngested';

CREATE TABLE rejected_records
(
    task          LowCardinality(String),
    record_id     String,
    collection_id String,
    line          UInt64,
    code          LowCardinality(String),
    reason        String,
    rejected_at   DateTime64(3, 'UTC'),
    event_id      String
)
ENGINE = MergeTree
ORDER BY (task, collection_id, line, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW rejected_records_from_events TO rejected_records AS
WITH JSONExtract(data, 'Tuple(
    task String, recordId String, collectionId String, line UInt64, code String, reason String)') AS rejection
SELECT
    rejection.task         AS task,
    rejection.recordId     AS record_id,
    rejection.collectionId AS collection_id,
    rejection.line         AS line,
    rejection.code         AS code,
    rejection.reason       AS reason,
    time                   AS rejected_at,
    id                     AS event_id
FROM stream_records
WHERE type = 'RecordRejected';
