-- Training plans, the newest first.
SELECT
    plan_id         AS planId,
    model,
    status,
    cause,
    reason,
    outcome,
    samples,
    samples_at_last AS samplesAtLast,
    dataset_id      AS datasetId,
    run_id          AS runId,
    engine,
    version,
    policy_version  AS policyVersion,
    planned_at      AS plannedAt,
    ended_at        AS endedAt
FROM training_plans
WHERE model = coalesce({model:Nullable(String)}, model)
  AND status = coalesce({status:Nullable(String)}, status)
ORDER BY planned_at DESC, plan_id
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
