-- Reported true labels and numbers. Queries join them with predictions.

CREATE TABLE outcomes
(
    request_id  String CODEC(ZSTD),
    label       LowCardinality(Nullable(String)),
    value       Nullable(Float64),
    reported_at DateTime64(3, 'UTC'),
    source      LowCardinality(String),
    time        DateTime64(3, 'UTC'),
    event_id    String CODEC(ZSTD),
    topic       LowCardinality(String),
    partition   UInt16,
    offset      UInt64
)
ENGINE = MergeTree
ORDER BY (request_id, offset, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW outcomes_from_events TO outcomes AS
SELECT
    requestId  AS request_id,
    label,
    value,
    reportedAt AS reported_at,
    source,
    _time      AS time,
    _id        AS event_id,
    _topic     AS topic,
    _partition AS partition,
    _offset    AS offset
FROM stream_outcomes
WHERE _type = 'OutcomeReported';
