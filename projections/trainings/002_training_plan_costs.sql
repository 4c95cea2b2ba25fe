-- What training plans have cost: of each the seconds of its run, and of every evaluation of that run, and how long it took in all.
CREATE VIEW training_plan_costs AS
SELECT
    plans.plan_id                                    AS plan_id,
    plans.model                                      AS model,
    plans.status                                     AS status, -- running, promoted, refused, registered, failed, cancelled or not_started
    plans.cause                                      AS cause,
    plans.version                                    AS version,
    plans.samples                                    AS samples,
    run.seconds                                      AS training_seconds, -- null where it came to no completed run
    epoch.cpu_seconds                                AS cpu_seconds, -- of its epochs; null where none says how busy its process was
    epoch.watt_hours                                 AS watt_hours, -- of its epochs, estimated from a stated power; null where none is stated
    evaluation.seconds                               AS evaluation_seconds, -- of all evaluations of the run
    evaluation.evaluations                           AS evaluations, -- how many there were
    dateDiff('millisecond', plans.planned_at, plans.ended_at) / 1000 AS elapsed_seconds, -- from the plan to its end, waiting included; null while it runs
    plans.planned_at                                 AS planned_at,
    plans.ended_at                                   AS ended_at
FROM training_plans AS plans
LEFT JOIN (SELECT run_id, any(runs.seconds) AS seconds FROM runs WHERE runs.status = 'completed' GROUP BY run_id) AS run
    ON run.run_id = plans.run_id
LEFT JOIN
(
    SELECT run_id, sumOrNull(epochs.seconds * cpu_percent / 100) AS cpu_seconds, sumOrNull(epochs.watt_hours) AS watt_hours
    FROM epochs
    GROUP BY run_id
) AS epoch ON epoch.run_id = plans.run_id
LEFT JOIN
(
    SELECT run_id, sum(evaluations.seconds) AS seconds, count() AS evaluations
    FROM evaluations
    WHERE evaluations.status = 'completed' AND isNotNull(run_id)
    GROUP BY run_id
) AS evaluation ON evaluation.run_id = plans.run_id
WHERE plans.status != 'not_started'
SETTINGS join_use_nulls = 1;
