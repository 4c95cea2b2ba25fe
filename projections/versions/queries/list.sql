-- The versions of a model, the newest first; `after`: when the last one before was registered, its name.
SELECT
    version,
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
WHERE model = {model:String}
  AND (empty({after:Array(String)}) OR (coalesce(registered_at, toDateTime64(0, 3, 'UTC')), version) < (parseDateTime64BestEffortOrZero({after:Array(String)}[1], 3, 'UTC'), {after:Array(String)}[2]))
ORDER BY coalesce(registered_at, toDateTime64(0, 3, 'UTC')) DESC, version DESC
LIMIT {limit:UInt32}
