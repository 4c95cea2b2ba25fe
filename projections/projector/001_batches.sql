-- What the projector was about to insert into `events` when it last wrote something of each partition. After a
-- crash it finishes that batch, the same rows under the same token, before it goes on. Not a projection itself.

CREATE TABLE projector_batches
(
    topic     LowCardinality(String),
    partition UInt16,
    last      UInt64,
    token     String
)
ENGINE = ReplacingMergeTree(last)
ORDER BY (topic, partition);
