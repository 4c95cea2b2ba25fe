-- Events that the projector has set aside and taken once more, by itself: written down before the insert, so that one
-- that was interrupted is repeated. Not a projection itself.

CREATE TABLE projector_again
(
    topic     LowCardinality(String),
    partition UInt16,
    offset    UInt64
)
ENGINE = ReplacingMergeTree
ORDER BY (topic, partition, offset)
SETTINGS non_replicated_deduplication_window = 1000;
