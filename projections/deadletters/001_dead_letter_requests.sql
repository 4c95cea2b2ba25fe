-- Requests about dead letters: who, when, why. The outcome of a redrive is in the log: `epochlog dlq list --all`.

CREATE TABLE dead_letter_requests
(
    dead_letter_id       String,
    decision        LowCardinality(String),
    service         LowCardinality(String),
    code            LowCardinality(String),
    attempt         UInt32,
    failed_event_id String,
    failed_event_type     LowCardinality(String),
    reason          String,
    requested_by    LowCardinality(String),
    time            DateTime64(3, 'UTC'),
    event_id        String
)
ENGINE = MergeTree
ORDER BY (time, dead_letter_id, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW dead_letter_requests_from_events TO dead_letter_requests AS
WITH JSONExtract(data, 'Tuple(
    deadLetterId String, service String, code String, attempt UInt32, eventId String, eventType String, reason String,
    requestedBy String)') AS asked
SELECT
    asked.deadLetterId                                            AS dead_letter_id,
    if(type = 'DeadLetterRedriveRequested', 'redrive', 'discard') AS decision,
    asked.service                                             AS service,
    asked.code                                                AS code,
    asked.attempt                                             AS attempt,
    asked.eventId                                             AS failed_event_id,
    asked.eventType                                           AS failed_event_type,
    asked.reason                                              AS reason,
    asked.requestedBy                                         AS requested_by,
    time,
    id                                                        AS event_id
FROM stream_deadletters
WHERE type IN ('DeadLetterRedriveRequested', 'DeadLetterDiscardRequested');
