-- A metric on each window of labelled predictions, and its value on the test split.

CREATE TABLE quality
(
    model          LowCardinality(String),
    version        LowCardinality(String),
    window         UInt32,
    labelled       UInt64,
    metric         LowCardinality(String),
    value          Float64,
    reference      Float64,
    p_value        Float64,
    dropped        Bool,
    policy_version UInt32,
    from_instant   DateTime64(3, 'UTC'),
    to_instant     DateTime64(3, 'UTC'),
    time           DateTime64(3, 'UTC'),
    event_id       String,
    topic          LowCardinality(String),
    partition      UInt16,
    offset         UInt64
)
ENGINE = MergeTree
ORDER BY (model, version, window, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW quality_from_events TO quality AS
SELECT
    model,
    version,
    window,
    labelled,
    metric,
    value,
    reference,
    pValue        AS p_value,
    dropped,
    policyVersion AS policy_version,
    `from`        AS from_instant,
    `to`          AS to_instant,
    _time         AS time,
    _id           AS event_id,
    _topic        AS topic,
    _partition    AS partition,
    _offset       AS offset
FROM stream_alerts
WHERE _type = 'QualityMeasured';
