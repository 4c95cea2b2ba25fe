-- Named queries that were asked over named events, and their answers.

CREATE TABLE measurements
(
    measurement_id String,
    model          LowCardinality(String),
    query          LowCardinality(String),
    query_digest   LowCardinality(Nullable(String)),
    parameters     Map(String, String),
    rows           String CODEC(ZSTD), -- the answer, JSON; empty when there is none
    code           LowCardinality(Nullable(String)),
    reason         Nullable(String),
    time           DateTime64(3, 'UTC'),
    event_id       String,
    topic          LowCardinality(String),
    partition      UInt16,
    offset         UInt64
)
ENGINE = MergeTree
ORDER BY (model, query, measurement_id, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW measurements_from_events TO measurements AS
SELECT
    measurementId AS measurement_id,
    model,
    query,
    queryDigest   AS query_digest,
    parameters,
    coalesce(rows, '') AS rows,
    code,
    reason,
    _time         AS time,
    _id           AS event_id,
    _topic        AS topic,
    _partition    AS partition,
    _offset       AS offset
FROM stream_measurements
WHERE _type IN ('MeasurementCompleted', 'MeasurementFailed');
