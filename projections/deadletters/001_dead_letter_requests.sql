-- Requests about dead letters: who, when, why. The outcome of a redrive is in the log: `epochlog dlq list --all`.

CREATE TABLE dead_letter_requests
(
    dead_letter_id    String,
    decision          LowCardinality(String), -- redrive or discard
    service           LowCardinality(String),
    code              LowCardinality(String),
    attempt           UInt32,
    failed_event_id   String,
    failed_event_type LowCardinality(String),
    reason            String,
    requested_by      LowCardinality(String),
    time              DateTime64(3, 'UTC'),
    event_id          String,
    topic             LowCardinality(String),
    partition         UInt16,
    offset            UInt64
)
ENGINE = MergeTree
ORDER BY (time, dead_letter_id, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW dead_letter_requests_from_events TO dead_letter_requests AS
SELECT
    deadLetterId AS dead_letter_id,
    if(_type = 'DeadLetterRedriveRequested', 'redrive', 'discard') AS decision,
    service,
    code,
    attempt,
    eventId      AS failed_event_id,
    eventType    AS failed_event_type,
    reason,
    requestedBy  AS requested_by,
    _time        AS time,
    _id          AS event_id,
    _topic       AS topic,
    _partition   AS partition,
    _offset      AS offset
FROM stream_deadletters
WHERE _type IN ('DeadLetterRedriveRequested', 'DeadLetterDiscardRequested');
