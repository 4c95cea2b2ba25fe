-- Predictions served. Their true labels are in `outcomes`, by the same request id.

CREATE TABLE predictions
(
    request_id  String CODEC(ZSTD),
    instance_id Nullable(String) CODEC(ZSTD),
    model       LowCardinality(String),
    version     LowCardinality(String),
    label       LowCardinality(Nullable(String)),
    value       Nullable(Float64),
    confidence  Nullable(Float64),
    latency_ms  Float64,
    scores      Map(LowCardinality(String), Float64) CODEC(ZSTD),
    features    String CODEC(ZSTD),
    variant     LowCardinality(Nullable(String)),
    route       LowCardinality(String),
    input_hash  Nullable(String) CODEC(ZSTD),
    input       Nullable(String) CODEC(ZSTD),
    environment LowCardinality(String), -- of the predictor that answered
    batch       UInt32, -- instances of the same request
    instant     DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    served_at   DateTime64(3, 'UTC') CODEC(Delta, ZSTD), -- when it was answered
    event_id    String CODEC(ZSTD),
    topic       LowCardinality(String),
    partition   UInt16,
    offset      UInt64 CODEC(Delta, ZSTD),
    INDEX by_request request_id TYPE bloom_filter(0.01),
    INDEX by_instance instance_id TYPE bloom_filter(0.01)
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(served_at)
ORDER BY (model, served_at, request_id)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW predictions_from_events TO predictions AS
SELECT
    requestId  AS request_id,
    instanceId AS instance_id,
    model,
    version,
    label,
    value,
    confidence,
    latencyMs  AS latency_ms,
    scores,
    features,
    variant,
    route,
    inputHash  AS input_hash,
    input,
    environment,
    batch,
    instant,
    _time      AS served_at,
    _id        AS event_id,
    _topic     AS topic,
    _partition AS partition,
    _offset    AS offset
FROM stream_predictions
WHERE _type = 'PredictionServed';

-- Predictions that could not be answered.
CREATE TABLE failed_predictions
(
    request_id  String,
    instance_id Nullable(String),
    model       LowCardinality(String),
    route       LowCardinality(String),
    version     LowCardinality(Nullable(String)), -- that was to answer
    environment LowCardinality(String), -- of the predictor
    code        LowCardinality(String),
    reason      String,
    failed_at   DateTime64(3, 'UTC'), -- when it failed
    event_id    String,
    topic       LowCardinality(String),
    partition   UInt16,
    offset      UInt64
)
ENGINE = MergeTree
ORDER BY (model, failed_at, request_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW failed_predictions_from_events TO failed_predictions AS
SELECT
    requestId  AS request_id,
    instanceId AS instance_id,
    model,
    route,
    version,
    environment,
    code,
    reason,
    _time      AS failed_at,
    _id        AS event_id,
    _topic     AS topic,
    _partition AS partition,
    _offset    AS offset
FROM stream_predictions
WHERE _type = 'PredictionFailed';
