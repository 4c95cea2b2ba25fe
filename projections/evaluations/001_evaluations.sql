-- Evaluations of packages, completed or failed: one row each.

CREATE TABLE evaluations
(
    evaluation_id     String,
    model             LowCardinality(String),
    version           LowCardinality(Nullable(String)),
    run_id            Nullable(String),
    status            LowCardinality(String), -- completed or failed
    package           Nullable(String),
    model_hash        Nullable(String),
    dataset_id        Nullable(String),
    data_artifact     Nullable(String),
    samples           Nullable(UInt64),
    metrics           Map(String, Float64),
    primary_metric    LowCardinality(Nullable(String)),
    standard_errors   Map(String, Float64),
    lower             Map(String, Float64), -- ends of the 95 % intervals of the metrics
    upper             Map(String, Float64),
    per_class         Array(Tuple(label String, precision Float64, recall Float64, f1 Float64, support UInt64)),
    confusion         Array(Array(UInt64)),
    coverage          Array(Tuple(coverage Float64, accuracy Float64)),
    in_training       Nullable(UInt64),
    training_included Bool, -- whether records of the training split were measured too
    baseline_version  LowCardinality(Nullable(String)),
    baseline_metrics  Map(String, Float64),
    suites            Array(Tuple(suite String, weight Float64, samples UInt64, score Float64)), -- the primary metric on each suite
    report            Nullable(String), -- artifact with curves and mistakes, as JSON
    baseline_paired   Array(Tuple(metric String, mean Float64, standardError Float64, pValue Float64)),
    seconds           Nullable(Float64),
    code              LowCardinality(Nullable(String)),
    reason            Nullable(String),
    time              DateTime64(3, 'UTC'),
    event_id          String,
    topic             LowCardinality(String),
    partition         UInt16,
    offset            UInt64
)
ENGINE = MergeTree
ORDER BY (evaluation_id, time, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW evaluations_from_events TO evaluations AS
SELECT
    evaluationId     AS evaluation_id,
    model,
    version,
    runId            AS run_id,
    if(_type = 'EvaluationCompleted', 'completed', 'failed') AS status,
    package,
    modelHash        AS model_hash,
    datasetId        AS dataset_id,
    data             AS data_artifact,
    samples,
    metrics,
    primaryMetric    AS primary_metric,
    standardErrors   AS standard_errors,
    lower,
    upper,
    perClass         AS per_class,
    confusion,
    coverage,
    inTraining       AS in_training,
    ifNull(trainingIncluded, false) AS training_included,
    suites,
    report,
    baseline.version AS baseline_version,
    baseline.metrics AS baseline_metrics,
    baseline.paired  AS baseline_paired,
    seconds,
    code,
    reason,
    _time            AS time,
    _id              AS event_id,
    _topic           AS topic,
    _partition       AS partition,
    _offset          AS offset
FROM stream_evaluations
WHERE _type IN ('EvaluationCompleted', 'EvaluationFailed');
