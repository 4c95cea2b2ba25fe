-- Drift of each monitored feature in each window of predictions.

CREATE TABLE drift
(
    model          LowCardinality(String),
    version        LowCardinality(String),
    window         UInt32,
    feature        LowCardinality(String),
    predictions    UInt64,
    psi            Float64,
    expected_psi   Float64,
    p_value        Float64,
    drifted        Bool,
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
ORDER BY (model, version, window, feature, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW drift_from_events TO drift AS
WITH arrayJoin(features) AS f
SELECT
    model,
    version,
    window,
    f.feature     AS feature,
    predictions,
    f.psi         AS psi,
    f.expectedPsi AS expected_psi,
    f.pValue      AS p_value,
    f.drifted     AS drifted,
    policyVersion AS policy_version,
    `from`        AS from_instant,
    `to`          AS to_instant,
    _time         AS time,
    _id           AS event_id,
    _topic        AS topic,
    _partition    AS partition,
    _offset       AS offset
FROM stream_alerts
WHERE _type = 'DriftMeasured';
