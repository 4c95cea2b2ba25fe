-- Evaluations of configurations in folds, a row for their start and one for their end. Hyperparameters are as JSON.

CREATE TABLE cross_validation_steps
(
    cross_validation_id String,
    sequence       UInt64,
    status         LowCardinality(String), -- running, completed or failed
    model          LowCardinality(String),
    dataset_id     Nullable(String),
    engine         LowCardinality(Nullable(String)),
    seed           Nullable(Int64),
    params         Map(String, String), -- hyperparameters, as JSON
    folds          Nullable(UInt32), -- how many
    fold_kind      LowCardinality(Nullable(String)), -- random, stratified, grouped or time
    fold_column    Nullable(String), -- of grouped folds
    run_ids        Array(String), -- of the folds, in their order
    samples        Nullable(UInt64), -- in all folds together
    primary_metric LowCardinality(Nullable(String)),
    summary        Array(Tuple(metric String, mean Float64, std Float64, min Float64, max Float64, perFold Array(Float64))), -- each metric over the folds
    code           LowCardinality(Nullable(String)),
    reason         Nullable(String),
    requested_by   Nullable(String),
    time           DateTime64(3, 'UTC'),
    event_id       String,
    topic          LowCardinality(String),
    partition      UInt16,
    offset         UInt64
)
ENGINE = MergeTree
ORDER BY (cross_validation_id, sequence, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW cross_validation_steps_from_events TO cross_validation_steps AS
SELECT
    crossValidationId AS cross_validation_id,
    _sequence         AS sequence,
    transform(_type, ['CrossValidationStarted', 'CrossValidationCompleted', 'CrossValidationFailed'], ['running', 'completed', 'failed'], '') AS status,
    model,
    datasetId         AS dataset_id,
    engine,
    seed,
    CAST(JSONExtractKeysAndValuesRaw(ifNull(params, '{}')), 'Map(String, String)') AS params,
    folds,
    foldKind          AS fold_kind,
    column            AS fold_column,
    runIds            AS run_ids,
    samples,
    primaryMetric     AS primary_metric,
    summary,
    code,
    reason,
    requestedBy       AS requested_by,
    _time             AS time,
    _id               AS event_id,
    _topic            AS topic,
    _partition        AS partition,
    _offset           AS offset
FROM stream_crossvalidations
WHERE _type IN ('CrossValidationStarted', 'CrossValidationCompleted', 'CrossValidationFailed');

-- Evaluations of configurations in folds, one row each, as they stand now.
CREATE VIEW cross_validations AS
SELECT
    cross_validation_id,
    multiIf(countIf(cross_validation_steps.status = 'completed') > 0, 'completed', countIf(cross_validation_steps.status = 'failed') > 0, 'failed', 'running') AS status, -- running, completed or failed
    any(cross_validation_steps.model) AS model,
    anyIf(cross_validation_steps.dataset_id, cross_validation_steps.status = 'running')  AS dataset_id,
    anyIf(cross_validation_steps.engine, cross_validation_steps.status = 'running')      AS engine,
    anyIf(cross_validation_steps.seed, cross_validation_steps.status = 'running')        AS seed,
    anyIf(cross_validation_steps.params, cross_validation_steps.status = 'running')      AS params, -- hyperparameters, as JSON
    anyIf(cross_validation_steps.folds, cross_validation_steps.status = 'running')       AS folds, -- how many
    anyIf(cross_validation_steps.fold_kind, cross_validation_steps.status = 'running')   AS fold_kind, -- random, stratified, grouped or time
    anyIf(cross_validation_steps.fold_column, cross_validation_steps.status = 'running') AS fold_column, -- of grouped folds
    anyIf(cross_validation_steps.run_ids, cross_validation_steps.status = 'running')     AS run_ids, -- of the folds, in their order
    anyIf(cross_validation_steps.samples, cross_validation_steps.status = 'completed')   AS samples, -- in all folds together
    anyIf(cross_validation_steps.primary_metric, cross_validation_steps.status = 'completed') AS primary_metric,
    anyIf(cross_validation_steps.summary, cross_validation_steps.status = 'completed')   AS summary, -- each metric over the folds
    anyIf(cross_validation_steps.code, cross_validation_steps.status = 'failed') AS code,
    anyIf(cross_validation_steps.reason, cross_validation_steps.status = 'failed') AS reason,
    anyIf(cross_validation_steps.requested_by, cross_validation_steps.status = 'running') AS requested_by,
    min(time)                                       AS started_at, -- when it began
    minOrNullIf(time, cross_validation_steps.status != 'running') AS ended_at -- when it ended; null before
FROM cross_validation_steps
GROUP BY cross_validation_id;
