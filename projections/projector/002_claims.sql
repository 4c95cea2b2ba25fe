-- What the projectors have agreed on (docs/adr/0008-several-projectors.md): batches of events, numbered one after the
-- other, of each partition the last one and the last one known to be complete. Not a projection itself.

CREATE TABLE projector_claims
(
    topic        LowCardinality(String),
    partition    UInt16,
    complete     Bool,
    number       UInt64,
    last         UInt64,
    token        String,
    insert_until DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') + INTERVAL 1 MINUTE,
    CONSTRAINT in_time CHECK insert_until >= nowInBlock('UTC')
)
ENGINE = ReplacingMergeTree(number)
ORDER BY (topic, partition, complete)
SETTINGS non_replicated_deduplication_window = 1000;

-- What the only projector of before has written is complete, unless it was killed in its last batch.
INSERT INTO projector_claims (topic, partition, complete, number, last, token)
SELECT topic, partition, complete, 1, last, token
FROM (SELECT topic, partition, last, token, [false, true] AS each FROM projector_batches FINAL)
ARRAY JOIN each AS complete;
