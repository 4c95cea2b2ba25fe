-- What people decided about dead letters: who, when, why. How a retry ended, the letters tell: `epochlog dlq list --all`.

CREATE TABLE dead_letter_requests
(
    letter_id       String,
    decision        LowCardinality(String),
    service         LowCardinality(String),
    code            LowCardinality(String),
    attempt         UInt32,
    letter_event_id String,
    letter_type     LowCardinality(String),
    reason          String,
    requested_by    LowCardinality(String),
    time            DateTime64(3, 'UTC'),
    event_id        String
)
ENGINE = MergeTree
ORDER BY (time, letter_id, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW dead_letter_requests_from_events TO dead_letter_requests AS
WITH JSONExtract(data, 'Tuple(
    letterId String, service String, code String, attempt UInt32, eventId String, eventType String, reason String,
    requestedBy String)') AS asked
SELECT
    asked.letterId                                            AS letter_id,
    if(type = 'DeadLetterRetryRequested', 'retry', 'discard') AS decision,
    asked.service                                             AS service,
    asked.code                                                AS code,
    asked.attempt                                             AS attempt,
    asked.eventId                                             AS letter_event_id,
    asked.eventType                                           AS letter_type,
    asked.reason                                              AS reason,
    asked.requestedBy                                         AS requested_by,
    time,
    id                                                        AS event_id
FROM events
WHERE type IN ('DeadLetterRetryRequested', 'DeadLetterDiscardRequested');
