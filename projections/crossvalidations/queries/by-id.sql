-- An evaluation of a configuration in folds.
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
WHERE cross_validation_id = {crossValidationId:String}
