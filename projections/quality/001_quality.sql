-- A metric on each window of labelled predictions, and its value on the test split.

CREATE TABLE quality
(
    model        LowCardinality(String),
    version      LowCardinality(String),
    window       UInt32,
    labelled     UInt64,
    metric       LowCardinality(String),
    value        Float64,
    reference    Float64,
    p_value      Float64,
    dropped      Bool,
    policy_version UInt32,
    from_instant DateTime64(3, 'UTC'),
    to_instant   DateTime64(3, 'UTC'),
    time         DateTime64(3, 'UTC'),
    event_id     String
)
ENGINE = MergeTree
ORDER BY (model, version, window, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW quality_from_events TO quality AS
WITH JSONExtract(data, 'Tuple(
    model String, version String, window UInt32, labelled UInt64, `from` Int64, `to` Int64,
    metric String, value Float64, reference Float64, pValue Float64, dropped Bool,
    policyVersion UInt32)') AS measured
SELECT
    measured.model                                   AS model,
    measured.version                                 AS version,
    measured.window                                  AS window,
    measured.labelled                                AS labelled,
    measured.metric                                  AS metric,
    measured.value                                   AS value,
    measured.reference                               AS reference,
    measured.pValue                                  AS p_value,
    measured.dropped                                 AS dropped,
    measured.policyVersion                           AS policy_version,
    fromUnixTimestamp64Milli(measured.`from`, 'UTC') AS from_instant,
    fromUnixTimestamp64Milli(measured.`to`, 'UTC')   AS to_instant,
    time,
    id                                               AS event_id
FROM stream_alerts
WHERE type = 'QualityMeasured';
