-- Predictions served, and those that could not be. Their true labels are in `outcomes`.

CREATE TABLE predictions
(
    request_id      String,
    instance_id     Nullable(String),
    model           LowCardinality(String),
    version         LowCardinality(String),
    label           LowCardinality(Nullable(String)),
    value           Nullable(Float64),
    confidence      Nullable(Float64),
    latency_ms      Float64,
    scores          Map(LowCardinality(String), Float64),
    features        String CODEC(ZSTD),
    variant         LowCardinality(Nullable(String)),
    instant         DateTime64(3, 'UTC'),
    served_at       DateTime64(3, 'UTC'),
    event_id        String,
    INDEX by_request request_id TYPE bloom_filter(0.01),
    INDEX by_instance instance_id TYPE bloom_filter(0.01)
)
ENGINE = MergeTree
ORDER BY (model, served_at, request_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW predictions_from_events TO predictions AS
WITH JSONExtract(data, 'Tuple(
    requestId String, instanceId Nullable(String), model String, version String, label Nullable(String),
    value Nullable(Float64), confidence Nullable(Float64), latencyMs Float64, scores Map(String, Float64), variant Nullable(String), instant Int64)') AS prediction
SELECT
    prediction.requestId                                  AS request_id,
    prediction.instanceId                                 AS instance_id,
    prediction.model                                      AS model,
    prediction.version                                    AS version,
    prediction.label                                      AS label,
    prediction.value                                      AS value,
    prediction.confidence                                 AS confidence,
    prediction.latencyMs                                  AS latency_ms,
    prediction.scores                                     AS scores,
    JSONExtractRaw(data, 'features')                      AS features,
    prediction.variant                                    AS variant,
    fromUnixTimestamp64Milli(prediction.instant, 'UTC')   AS instant,
    time                                                  AS served_at,
    id                                                    AS event_id
FROM stream_predictions
WHERE type = 'PredictionServed';

CREATE TABLE failed_predictions
(
    request_id  String,
    instance_id Nullable(String),
    model       LowCardinality(String),
    code        LowCardinality(String),
    reason      String,
    failed_at   DateTime64(3, 'UTC'),
    event_id    String
)
ENGINE = MergeTree
ORDER BY (model, failed_at, request_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW failed_predictions_from_events TO failed_predictions AS
WITH JSONExtract(data, 'Tuple(
    requestId String, instanceId Nullable(String), model String, code String, reason String)') AS failure
SELECT
    failure.requestId  AS request_id,
    failure.instanceId AS instance_id,
    failure.model      AS model,
    failure.code       AS code,
    failure.reason     AS reason,
    time               AS failed_at,
    id                 AS event_id
FROM stream_predictions
WHERE type = 'PredictionFailed';
