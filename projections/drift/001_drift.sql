-- Drift of each monitored feature in each window of predictions.

CREATE TABLE drift
(
    model        LowCardinality(String),
    version      LowCardinality(String),
    window       UInt32,
    feature      LowCardinality(String),
    predictions  UInt64,
    psi          Float64,
    expected_psi Float64,
    p_value      Float64,
    drifted      Bool,
    policy_version UInt32,
    from_instant DateTime64(3, 'UTC'),
    to_instant   DateTime64(3, 'UTC'),
    time         DateTime64(3, 'UTC'),
    event_id     String
)
ENGINE = MergeTree
ORDER BY (model, version, window, feature, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW drift_from_events TO drift AS
WITH JSONExtract(data, 'Tuple(
    model String, version String, window UInt32, predictions UInt64, `from` Int64, `to` Int64,
    features Array(Tuple(feature String, psi Float64, expectedPsi Float64, pValue Float64, drifted Bool)),
    policyVersion UInt32)') AS measured,
    arrayJoin(measured.features) AS f
SELECT
    measured.model                                     AS model,
    measured.version                                   AS version,
    measured.window                                    AS window,
    f.feature                                          AS feature,
    measured.predictions                               AS predictions,
    f.psi                                              AS psi,
    f.expectedPsi                                      AS expected_psi,
    f.pValue                                           AS p_value,
    f.drifted                                          AS drifted,
    measured.policyVersion                             AS policy_version,
    fromUnixTimestamp64Milli(measured.`from`, 'UTC')   AS from_instant,
    fromUnixTimestamp64Milli(measured.`to`, 'UTC')     AS to_instant,
    time,
    id                                                 AS event_id
FROM stream_alerts
WHERE type = 'DriftMeasured';
