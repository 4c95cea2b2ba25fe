-- The versions of a model, the newest first.
SELECT
    version,
    status,
    reason,
    run_id                 AS runId,
    package,
    model_hash             AS modelHash,
    dataset_id             AS datasetId,
    evaluation_id          AS evaluationId,
    metrics,
    primary_metric         AS primaryMetric,
    registered_at          AS registeredAt,
    first_in_production_at AS firstInProductionAt,
    last_in_production_at  AS lastInProductionAt
FROM versions
WHERE model = {model:String}
ORDER BY registered_at DESC, version DESC
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
