-- Batches of events that the projectors have reserved (docs/adr/0008-several-projectors.md), numbered over all partitions:
-- of each partition the last reserved batch and the last complete one. Not a projection of events.

CREATE TABLE projector_reservations
(
    topic       LowCardinality(String),
    partition   UInt16,
    complete    Bool,
    number      UInt64,
    last        UInt64,
    token       String,
    lease_until DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') + INTERVAL 1 MINUTE,
    CONSTRAINT lease_is_valid CHECK lease_until >= nowInBlock('UTC')
)
ENGINE = ReplacingMergeTree(number)
ORDER BY (topic, partition, complete)
SETTINGS non_replicated_deduplication_window = 1000;
