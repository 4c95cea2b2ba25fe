-- Alerts: each raised once and resolved at most once. The view `alerts` puts the two together.

CREATE TABLE alert_changes
(
    alert_id       String,
    monitor_id     LowCardinality(String),
    model          LowCardinality(String),
    sequence       UInt64,
    change         LowCardinality(String), -- raised or resolved
    version        LowCardinality(Nullable(String)),
    cause          LowCardinality(Nullable(String)),
    reason         String,
    policy_version UInt32,
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
    if(_type = 'AlertRaised', 'raised', 'resolved') AS change,
    version,
    cause,
    reason,
    policyVersion AS policy_version,
    _time         AS time,
    _id           AS event_id,
    _topic        AS topic,
    _partition    AS partition,
    _offset       AS offset
FROM stream_alerts
WHERE _type IN ('AlertRaised', 'AlertResolved');

-- Alerts, one row each, with how they stand now.
CREATE VIEW alerts AS
SELECT
    alert_id,
    max(monitor_id)                                          AS monitor_id,
    max(model)                                               AS model,
    max(version)                                             AS version,
    max(cause)                                               AS cause,
    if(countIf(change = 'resolved') > 0, 'resolved', 'open') AS status, -- open or resolved
    maxIf(alert_changes.reason, change = 'raised')           AS reason,
    maxOrNullIf(alert_changes.reason, change = 'resolved')   AS resolution, -- why it was resolved; null while it is open
    maxIf(alert_changes.policy_version, change = 'raised')   AS policy_version,
    minOrNullIf(time, change = 'raised')                     AS raised_at, -- when it was raised
    maxOrNullIf(time, change = 'resolved')                   AS resolved_at -- when it was resolved; null while it is open
FROM alert_changes
GROUP BY alert_id;
