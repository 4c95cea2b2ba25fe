-- Evaluations of configurations in folds, the newest first; `after`: when the last one before started, its id.
SELECT
    cross_validation_id AS crossValidationId,
    status,
    model,
    dataset_id     AS datasetId,
    engine,
    seed,
    params,
    folds,
    fold_kind      AS kind,
    fold_column    AS column,
    run_ids        AS runIds,
    samples,
    primary_metric AS primaryMetric,
    summary,
    code,
    reason,
    requested_by   AS requestedBy,
    started_at     AS startedAt,
    ended_at       AS endedAt
FROM cross_validations
WHERE ({model:Nullable(String)} IS NULL OR model = {model:Nullable(String)})
  AND (empty({after:Array(String)})
       OR (started_at, cross_validation_id)
            < (parseDateTime64BestEffortOrZero({after:Array(String)}[1], 3, 'UTC'), {after:Array(String)}[2]))
ORDER BY started_at DESC, cross_validation_id DESC
LIMIT {limit:UInt32}
