-- Alerts: each raised once and resolved at most once. The view `alerts` puts the two together.

CREATE TABLE alert_changes
(
    alert_id       String,
    monitor_id     LowCardinality(String),
    model          LowCardinality(String),
    sequence       UInt64,
    change         LowCardinality(String), -- raised, unsilenced or resolved
    version        LowCardinality(Nullable(String)),
    cause          LowCardinality(Nullable(String)),
    reason         String,
    severity       LowCardinality(Nullable(String)), -- warning or critical
    value          Nullable(Float64), -- what was measured
    bound          Nullable(Float64), -- that it passed
    samples        Nullable(UInt64), -- observations behind the value
    measurement_id Nullable(String), -- of the measurement that it follows from
    silence_id     Nullable(String), -- of the silence in which nobody was told
    policy_version UInt32, -- of the policy that was followed; 0: the default
    time           DateTime64(3, 'UTC'),
    event_id       String,
    topic          LowCardinality(String),
    partition      UInt16,
    offset         UInt64
)
ENGINE = MergeTree
ORDER BY (alert_id, sequence, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW alert_changes_from_events TO alert_changes AS
SELECT
    alertId       AS alert_id,
    monitorId     AS monitor_id,
    model,
    _sequence     AS sequence,
    transform(_type, ['AlertRaised', 'AlertUnsilenced'], ['raised', 'unsilenced'], 'resolved') AS change,
    version,
    cause,
    reason,
    severity,
    value,
    `limit`       AS bound,
    samples,
    measurementId AS measurement_id,
    silenceId     AS silence_id,
    coalesce(policyVersion, 0) AS policy_version,
    _time         AS time,
    _id           AS event_id,
    _topic        AS topic,
    _partition    AS partition,
    _offset       AS offset
FROM stream_alerts
WHERE _type IN ('AlertRaised', 'AlertUnsilenced', 'AlertResolved');

-- Alerts, one row each, with how they stand now.
CREATE VIEW alerts AS
SELECT
    alert_id,
    max(monitor_id)                                          AS monitor_id,
    max(model)                                               AS model,
    max(version)                                             AS version,
    max(cause)                                               AS cause,
    maxIf(severity, change = 'raised')                       AS severity, -- warning or critical
    if(countIf(change = 'resolved') > 0, 'resolved', 'open') AS status, -- open or resolved
    anyIf(value, change = 'raised')                          AS value, -- what was measured
    anyIf(bound, change = 'raised')                          AS bound, -- that it passed
    anyIf(samples, change = 'raised')                        AS samples, -- observations behind the value
    anyIf(measurement_id, change = 'raised')                 AS measurement_id, -- of the measurement that it follows from
    toBool(countIf(change = 'raised' AND silence_id IS NOT NULL) > 0 AND countIf(change = 'unsilenced') = 0) AS silenced, -- whether it was raised in a silence, and nobody was told
    maxIf(alert_changes.reason, change = 'raised')           AS reason,
    maxOrNullIf(alert_changes.reason, change = 'resolved')   AS resolution, -- why it was resolved; null while it is open
    maxIf(alert_changes.policy_version, change = 'raised')   AS policy_version, -- of the policy that was followed when it was raised; 0: the default
    minOrNullIf(time, change = 'raised')                     AS raised_at, -- when it was raised
    maxOrNullIf(time, change = 'resolved')                   AS resolved_at -- when it was resolved; null while it is open
FROM alert_changes
GROUP BY alert_id;
