-- Every event of every stream, once, its data as JSON. A row of it is inserted when the event is in all other projections.
CREATE TABLE events
(
    topic LowCardinality(String),
    partition UInt16,
    offset UInt64,
    id String, -- id of the event
    type LowCardinality(String),
    stream LowCardinality(String), -- stream of the event
    subject String, -- id of its aggregate: a run, a record, a model …
    source LowCardinality(String), -- the service or client that wrote it
    time DateTime64(3, 'UTC'),
    -- when what it tells was: of replayed data their own time, else that of writing (docs/adr/0017-instants.md)
    instant DateTime64(3, 'UTC'),
    sequence UInt64,
    correlation_id String, -- id of the request that it follows from
    causation_id String, -- id of the event that it follows from at once; empty of a request
    data String CODEC(ZSTD), -- its fields, as JSON
    -- end of the lease of the projector that inserts the row: a later insert is refused (docs/adr/0008-several-projectors.md)
    lease_until DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') + INTERVAL 1 MINUTE,
    CONSTRAINT lease_is_valid CHECK lease_until >= nowInBlock('UTC')
)
ENGINE = MergeTree
ORDER BY (topic, partition, offset)
SETTINGS non_replicated_deduplication_window = 1000;
