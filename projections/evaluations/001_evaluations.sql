-- How well packages did: one row an evaluation, and one for each of its classes.

CREATE TABLE evaluations
(
    evaluation_id         String,
    model                 LowCardinality(String),
    version               LowCardinality(Nullable(String)),
    run_id                Nullable(String),
    status                LowCardinality(String),
    package               Nullable(String),
    model_hash            Nullable(String),
    dataset_id            Nullable(String),
    papers                Nullable(String),
    samples               Nullable(UInt64),
    accuracy              Nullable(Float64),
    macro_f1              Nullable(Float64),
    log_loss              Nullable(Float64),
    calibration_error     Nullable(Float64),
    cross_listed_accuracy Nullable(Float64),
    confusion             Array(Array(UInt64)),
    coverage              Array(Tuple(coverage Float64, accuracy Float64)),
    in_training           Nullable(UInt64),
    training_included     Bool,
    baseline_version      LowCardinality(Nullable(String)),
    baseline_accuracy     Nullable(Float64),
    baseline_macro_f1     Nullable(Float64),
    seconds               Nullable(Float64),
    code                  LowCardinality(Nullable(String)),
    reason                Nullable(String),
    time                  DateTime64(3, 'UTC'),
    event_id              String
)
ENGINE = MergeTree
ORDER BY (evaluation_id, time, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW evaluations_from_events TO evaluations AS
WITH JSONExtract(data, 'Tuple(
    evaluationId String, model String, version Nullable(String), runId Nullable(String), package Nullable(String),
    modelHash Nullable(String), datasetId Nullable(String), papers Nullable(String),
    metrics Tuple(
        samples Nullable(UInt64), accuracy Nullable(Float64), macroF1 Nullable(Float64), logLoss Nullable(Float64),
        calibrationError Nullable(Float64), crossListedAccuracy Nullable(Float64),
        confusion Array(Array(UInt64)), coverage Array(Tuple(coverage Float64, accuracy Float64))),
    inTraining Nullable(UInt64), trainingIncluded Bool,
    baseline Tuple(
        version Nullable(String), metrics Tuple(accuracy Nullable(Float64), macroF1 Nullable(Float64))),
    seconds Nullable(Float64), code Nullable(String), reason Nullable(String))') AS evaluation
SELECT
    evaluation.evaluationId                AS evaluation_id,
    evaluation.model                       AS model,
    evaluation.version                     AS version,
    evaluation.runId                       AS run_id,
    if(type = 'EvaluationCompleted', 'completed', 'failed') AS status,
    evaluation.package                     AS package,
    evaluation.modelHash                   AS model_hash,
    evaluation.datasetId                   AS dataset_id,
    evaluation.papers                      AS papers,
    evaluation.metrics.samples             AS samples,
    evaluation.metrics.accuracy            AS accuracy,
    evaluation.metrics.macroF1             AS macro_f1,
    evaluation.metrics.logLoss             AS log_loss,
    evaluation.metrics.calibrationError    AS calibration_error,
    evaluation.metrics.crossListedAccuracy AS cross_listed_accuracy,
    evaluation.metrics.confusion           AS confusion,
    evaluation.metrics.coverage            AS coverage,
    evaluation.inTraining                  AS in_training,
    evaluation.trainingIncluded            AS training_included,
    evaluation.baseline.version            AS baseline_version,
    evaluation.baseline.metrics.accuracy   AS baseline_accuracy,
    evaluation.baseline.metrics.macroF1    AS baseline_macro_f1,
    evaluation.seconds                     AS seconds,
    evaluation.code                        AS code,
    evaluation.reason                      AS reason,
    time,
    id                                     AS event_id
FROM events
WHERE type IN ('EvaluationCompleted', 'EvaluationFailed');

CREATE TABLE evaluation_classes
(
    evaluation_id String,
    label         LowCardinality(String),
    precision     Float64,
    recall        Float64,
    f1            Float64,
    support       UInt64,
    event_id      String
)
ENGINE = MergeTree
ORDER BY (evaluation_id, label, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW evaluation_classes_from_events TO evaluation_classes AS
WITH JSONExtract(data, 'Tuple(evaluationId String, metrics Tuple(
    perClass Array(Tuple(label String, precision Float64, recall Float64, f1 Float64, support UInt64))))') AS evaluation,
    arrayJoin(evaluation.metrics.perClass) AS class
SELECT
    evaluation.evaluationId AS evaluation_id,
    class.label             AS label,
    class.precision         AS precision,
    class.recall            AS recall,
    class.f1                AS f1,
    class.support           AS support,
    id                      AS event_id
FROM events
WHERE type = 'EvaluationCompleted';
