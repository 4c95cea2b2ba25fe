-- Evaluations of packages, completed or failed: one row each.

CREATE TABLE evaluations
(
    evaluation_id     String,
    model             LowCardinality(String),
    version           LowCardinality(Nullable(String)),
    run_id            Nullable(String),
    status            LowCardinality(String),
    package           Nullable(String),
    model_hash        Nullable(String),
    dataset_id        Nullable(String),
    data_artifact     Nullable(String),
    samples           Nullable(UInt64),
    metrics           Map(String, Float64),
    primary_metric    LowCardinality(Nullable(String)),
    standard_errors   Map(String, Float64),
    per_class         Array(Tuple(label String, precision Float64, recall Float64, f1 Float64, support UInt64)),
    confusion         Array(Array(UInt64)),
    coverage          Array(Tuple(coverage Float64, accuracy Float64)),
    in_training       Nullable(UInt64),
    training_included Bool,
    baseline_version  LowCardinality(Nullable(String)),
    baseline_metrics  Map(String, Float64),
    baseline_paired   Array(Tuple(metric String, mean Float64, standardError Float64, pValue Float64)),
    seconds           Nullable(Float64),
    code              LowCardinality(Nullable(String)),
    reason            Nullable(String),
    time              DateTime64(3, 'UTC'),
    event_id          String
)
ENGINE = MergeTree
ORDER BY (evaluation_id, time, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW evaluations_from_events TO evaluations AS
WITH JSONExtract(data, 'Tuple(
    evaluationId String, model String, version Nullable(String), runId Nullable(String), package Nullable(String),
    modelHash Nullable(String), datasetId Nullable(String), data Nullable(String), samples Nullable(UInt64),
    metrics Map(String, Float64), primaryMetric Nullable(String), standardErrors Map(String, Float64),
    perClass Array(Tuple(label String, precision Float64, recall Float64, f1 Float64, support UInt64)),
    confusion Array(Array(UInt64)), coverage Array(Tuple(coverage Float64, accuracy Float64)),
    inTraining Nullable(UInt64), trainingIncluded Bool,
    baseline Tuple(version Nullable(String), metrics Map(String, Float64),
        paired Array(Tuple(metric String, mean Float64, standardError Float64, pValue Float64))),
    seconds Nullable(Float64), code Nullable(String), reason Nullable(String))') AS evaluation
SELECT
    evaluation.evaluationId     AS evaluation_id,
    evaluation.model            AS model,
    evaluation.version          AS version,
    evaluation.runId            AS run_id,
    if(type = 'EvaluationCompleted', 'completed', 'failed') AS status,
    evaluation.package          AS package,
    evaluation.modelHash        AS model_hash,
    evaluation.datasetId        AS dataset_id,
    evaluation.data             AS data_artifact,
    evaluation.samples          AS samples,
    evaluation.metrics          AS metrics,
    evaluation.primaryMetric    AS primary_metric,
    evaluation.standardErrors   AS standard_errors,
    evaluation.perClass         AS per_class,
    evaluation.confusion        AS confusion,
    evaluation.coverage         AS coverage,
    evaluation.inTraining       AS in_training,
    evaluation.trainingIncluded AS training_included,
    evaluation.baseline.version AS baseline_version,
    evaluation.baseline.metrics AS baseline_metrics,
    evaluation.baseline.paired  AS baseline_paired,
    evaluation.seconds          AS seconds,
    evaluation.code             AS code,
    evaluation.reason           AS reason,
    time,
    id                          AS event_id
FROM stream_evaluations
WHERE type IN ('EvaluationCompleted', 'EvaluationFailed');
