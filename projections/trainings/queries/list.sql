-- Training plans, the newest first; `after`: when the last one before was planned, its id.
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
  AND (empty({after:Array(String)}) OR (planned_at, plan_id) < (parseDateTime64BestEffortOrZero({after:Array(String)}[1], 3, 'UTC'), {after:Array(String)}[2]))
ORDER BY planned_at DESC, plan_id DESC
LIMIT {limit:UInt32}
