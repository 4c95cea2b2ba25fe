-- Changes of tokens of the HTTP API. Neither a token nor its hash is in it.

CREATE TABLE token_changes
(
    token_id     String,
    sequence     UInt64,
    change       LowCardinality(String), -- created, revoked or refused
    name         Nullable(String), -- who has it
    role         LowCardinality(Nullable(String)), -- viewer, operator, approver or admin
    expires_at   Nullable(DateTime64(3, 'UTC')), -- null: not by itself
    code         LowCardinality(Nullable(String)), -- of a refusal
    reason       Nullable(String),
    requested_by String,
    time         DateTime64(3, 'UTC'),
    event_id     String,
    topic        LowCardinality(String),
    partition    UInt16,
    offset       UInt64
)
ENGINE = MergeTree
ORDER BY (token_id, sequence, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW token_changes_from_events TO token_changes AS
SELECT
    tokenId     AS token_id,
    _sequence   AS sequence,
    transform(_type, ['TokenCreated', 'TokenRevoked', 'TokenRefused'], ['created', 'revoked', 'refused'], '') AS change,
    name,
    role,
    expiresAt   AS expires_at,
    code,
    reason,
    requestedBy AS requested_by,
    _time       AS time,
    _id         AS event_id,
    _topic      AS topic,
    _partition  AS partition,
    _offset     AS offset
FROM stream_tokens
WHERE _type IN ('TokenCreated', 'TokenRevoked', 'TokenRefused');

-- Tokens of the HTTP API, one row each, as they stand now.
CREATE VIEW tokens AS
SELECT
    token_id,
    anyIf(name, change = 'created')               AS name, -- who has it
    anyIf(role, change = 'created')               AS role,
    anyIf(tuple(expires_at), change = 'created').1 AS expires_at, -- null: not by itself
    anyIf(requested_by, change = 'created')       AS created_by, -- who asked for it
    minIf(token_changes.time, change = 'created') AS created_at, -- when it was created
    maxOrNullIf(token_changes.time, change = 'revoked') AS revoked_at, -- null while it is not
    anyIf(tuple(requested_by), change = 'revoked').1 AS revoked_by, -- who asked for that; empty while it is not
    anyIf(reason, change = 'revoked')             AS revoked_for -- why
FROM token_changes
GROUP BY token_id
HAVING countIf(change = 'created') > 0;
