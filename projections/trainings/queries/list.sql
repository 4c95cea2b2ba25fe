-- Training plans and what they have cost, the newest first; `after`: when the last one before was planned, its id.
SELECT
    plans.plan_id            AS planId,
    plans.model              AS model,
    plans.status             AS status,
    plans.cause              AS cause,
    plans.reason             AS reason,
    plans.outcome            AS outcome,
    plans.samples            AS samples,
    plans.samples_at_last    AS samplesAtLast,
    plans.dataset_id         AS datasetId,
    plans.run_id             AS runId,
    plans.engine             AS engine,
    plans.version            AS version,
    plans.policy_version     AS policyVersion,
    plans.planned_at         AS plannedAt,
    plans.ended_at           AS endedAt,
    costs.training_seconds   AS trainingSeconds,
    costs.evaluation_seconds AS evaluationSeconds,
    costs.elapsed_seconds    AS elapsedSeconds,
    costs.cpu_seconds        AS cpuSeconds,
    costs.watt_hours         AS wattHours
FROM
(
    SELECT *
    FROM training_plans
    WHERE model = coalesce({model:Nullable(String)}, model)
      AND status = coalesce({status:Nullable(String)}, status)
      AND (empty({after:Array(String)}) OR (planned_at, plan_id) < (parseDateTime64BestEffortOrZero({after:Array(String)}[1], 3, 'UTC'), {after:Array(String)}[2]))
    ORDER BY planned_at DESC, plan_id DESC
    LIMIT {limit:UInt32}
) AS plans
LEFT JOIN training_plan_costs AS costs ON costs.plan_id = plans.plan_id
ORDER BY plannedAt DESC, planId DESC
SETTINGS join_use_nulls = 1
