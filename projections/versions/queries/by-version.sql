-- One version of a model.
SELECT
    version,
    model,
    stage,
    status,
    reason,
    run_id                 AS runId,
    package,
    model_hash             AS modelHash,
    dataset_id             AS datasetId,
    evaluation_id          AS evaluationId,
    metrics,
    primary_metric         AS primaryMetric,
    size_mb                AS sizeMb,
    aliases,
    tags,
    environments,
    registered_at          AS registeredAt,
    first_in_production_at AS firstInProductionAt,
    last_in_production_at  AS lastInProductionAt
FROM version_stages
WHERE model = {model:String} AND version = {version:String}
