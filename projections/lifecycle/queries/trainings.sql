-- Every training plan: its cause, samples and outcome, and the month of the last prediction before it.
SELECT
    planned.plan_id                                    AS plan_id,
    planned.cause                                            AS cause,
    planned.reason                                           AS reason,
    planned.samples                                          AS samples,
    concluded.change                                           AS outcome,
    concluded.version                                          AS version,
    runs.seconds                                               AS training_seconds,
    if(served.instant = 0, NULL, formatDateTime(served.instant, '%Y-%m')) AS month
FROM (SELECT * FROM training_plan_changes WHERE change = 'running' AND model = {model:String}) AS planned
LEFT JOIN (SELECT * FROM training_plan_changes WHERE change NOT IN ('running', 'not_started')) AS concluded
    ON planned.plan_id = concluded.plan_id
LEFT JOIN runs ON planned.run_id = runs.run_id
ASOF LEFT JOIN (SELECT model, served_at, instant FROM predictions) AS served
    ON planned.model = served.model AND planned.time >= served.served_at
ORDER BY planned.sequence
