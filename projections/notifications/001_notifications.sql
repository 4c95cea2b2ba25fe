-- Notifications and the attempts to deliver them. No address and no secret is in them.

CREATE TABLE notification_attempts
(
    notification_id String,
    sequence        UInt64,
    outcome         LowCardinality(String), -- planned, sent, retried or failed
    channel         LowCardinality(String), -- name of the channel
    kind            LowCardinality(Nullable(String)), -- slack, teams, email or webhook
    about_id        String, -- id of the event that it is about
    about_type      LowCardinality(Nullable(String)), -- type of the event that it is about
    model           LowCardinality(Nullable(String)), -- that it is about
    severity        LowCardinality(Nullable(String)), -- info, warning or critical
    title           Nullable(String), -- of the message
    attempt         Nullable(Int32), -- 1 is the first
    code            LowCardinality(Nullable(String)), -- what failed
    reason          Nullable(String), -- why it failed, for people
    retry_at        Nullable(DateTime64(3, 'UTC')), -- when it is tried again
    time            DateTime64(3, 'UTC'),
    event_id        String,
    topic           LowCardinality(String),
    partition       UInt16,
    offset          UInt64
)
ENGINE = MergeTree
ORDER BY (notification_id, sequence, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW notification_attempts_from_events TO notification_attempts AS
SELECT
    notificationId AS notification_id,
    _sequence      AS sequence,
    transform(_type,
        ['NotificationPlanned', 'NotificationSent', 'NotificationAttemptFailed', 'NotificationFailed'],
        ['planned', 'sent', 'retried', 'failed'], '') AS outcome,
    channel,
    kind,
    eventId        AS about_id,
    eventType      AS about_type,
    model,
    severity,
    title,
    attempt,
    code,
    reason,
    retryAt        AS retry_at,
    _time          AS time,
    _id            AS event_id,
    _topic         AS topic,
    _partition     AS partition,
    _offset        AS offset
FROM stream_notifications
WHERE _type IN ('NotificationPlanned', 'NotificationSent', 'NotificationAttemptFailed', 'NotificationFailed');

-- Notifications, one row each, as they stand now.
CREATE VIEW notifications AS
SELECT
    notification_id,
    any(channel)                                     AS channel,
    max(kind)                                        AS kind,
    any(about_id)                                    AS about_id,
    max(about_type)                                  AS about_type,
    max(model)                                       AS model,
    max(severity)                                    AS severity,
    max(title)                                       AS title,
    multiIf(countIf(outcome = 'sent') > 0, 'sent',
            countIf(outcome = 'failed') > 0, 'failed', 'pending') AS status, -- pending, sent or failed
    ifNull(max(attempt), 0)                          AS attempts, -- that were made
    argMaxIf(tuple(code), sequence, outcome IN ('retried', 'failed')).1   AS code, -- of the last attempt that failed
    argMaxIf(tuple(reason), sequence, outcome IN ('retried', 'failed')).1 AS reason, -- of the last attempt that failed
    min(time)                                        AS planned_at, -- when the event was seen
    maxOrNullIf(time, outcome IN ('sent', 'failed')) AS ended_at -- null while it is pending
FROM notification_attempts
GROUP BY notification_id;
