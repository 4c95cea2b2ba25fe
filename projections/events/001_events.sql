-- Every event of every stream, once, its data as JSON. A row of it is inserted when the event is in all other projections.
CREATE TABLE events
(
    topic LowCardinality(String),
    partition UInt16,
    offset UInt64,
    id String,
    type LowCardinality(String),
    stream LowCardinality(String),
    subject String,
    source LowCardinality(String),
    time DateTime64(3, 'UTC'),
    -- when what it tells was: of replayed data their own time, else that of writing (docs/adr/0017-instants.md)
    instant DateTime64(3, 'UTC'),
    sequence UInt64,
    correlation_id String,
    causation_id String,
    data String CODEC(ZSTD),
    -- end of the lease of the projector that inserts the row: a later insert is refused (docs/adr/0008-several-projectors.md)
    lease_until DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') + INTERVAL 1 MINUTE,
    CONSTRAINT lease_is_valid CHECK lease_until >= nowInBlock('UTC')
)
ENGINE = MergeTree
ORDER BY (topic, partition, offset)
SETTINGS non_replicated_deduplication_window = 1000;
