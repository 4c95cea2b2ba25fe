-- Records of tasks as their sources gave them.

CREATE TABLE records
(
    task          LowCardinality(String),
    record_id     String,
    time          Nullable(DateTime64(3, 'UTC')),
    task_version  LowCardinality(String),
    fields        String CODEC(ZSTD),
    collection_id String,
    line          UInt64,
    ingested_at   DateTime64(3, 'UTC'), -- when it was collected
    event_id      String,
    topic         LowCardinality(String),
    partition     UInt16,
    offset        UInt64
)
ENGINE = MergeTree
ORDER BY (task, record_id, ingested_at, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW records_from_events TO records AS
SELECT
    task,
    recordId     AS record_id,
    parseDateTime64BestEffortOrNull(time, 3, 'UTC') AS time,
    taskVersion  AS task_version,
    fields,
    collectionId AS collection_id,
    line,
    _time        AS ingested_at,
    _id          AS event_id,
    _topic       AS topic,
    _partition   AS partition,
    _offset      AS offset
FROM stream_records
WHERE _type = 'RecordIngested';

-- Lines of sources that hold no record of the task.
CREATE TABLE rejected_records
(
    task          LowCardinality(String),
    record_id     String,
    collection_id String,
    line          UInt64,
    code          LowCardinality(String),
    reason        String,
    rejected_at   DateTime64(3, 'UTC'), -- when it was rejected
    event_id      String,
    topic         LowCardinality(String),
    partition     UInt16,
    offset        UInt64
)
ENGINE = MergeTree
ORDER BY (task, collection_id, line, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW rejected_records_from_events TO rejected_records AS
SELECT
    task,
    recordId     AS record_id,
    collectionId AS collection_id,
    line,
    code,
    reason,
    _time        AS rejected_at,
    _id          AS event_id,
    _topic       AS topic,
    _partition   AS partition,
    _offset      AS offset
FROM stream_records
WHERE _type = 'RecordRejected';
