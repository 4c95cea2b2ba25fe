-- Silences: monitors of whose alerts nobody is told for a time.

CREATE TABLE silences
(
    silence_id   String,
    monitor_id   LowCardinality(String),
    model        LowCardinality(String),
    kind         LowCardinality(String), -- of the monitor
    until        DateTime64(3, 'UTC'), -- when it ends
    reason       String,
    requested_by LowCardinality(String),
    time         DateTime64(3, 'UTC'),
    event_id     String,
    topic        LowCardinality(String),
    partition    UInt16,
    offset       UInt64
)
ENGINE = MergeTree
ORDER BY (monitor_id, silence_id, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW silences_from_events TO silences AS
SELECT
    coalesce(silenceId, '')   AS silence_id,
    monitorId                 AS monitor_id,
    model,
    coalesce(kind, '')        AS kind,
    until,
    reason,
    coalesce(requestedBy, '') AS requested_by,
    _time                     AS time,
    _id                       AS event_id,
    _topic                    AS topic,
    _partition                AS partition,
    _offset                   AS offset
FROM stream_alerts
WHERE _type = 'AlertSilenced';
