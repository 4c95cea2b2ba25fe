-- Every retraining: why, on how much, what came of it, and in which month of the story.
SELECT
    triggered.retraining_id                                    AS retraining_id,
    triggered.cause                                            AS cause,
    triggered.reason                                           AS reason,
    triggered.samples                                          AS samples,
    concluded.change                                           AS outcome,
    concluded.version                                          AS version,
    runs.seconds                                               AS training_seconds,
    if(served.instant = 0, NULL, formatDateTime(served.instant, '%Y-%m')) AS month
FROM (SELECT * FROM retraining_changes WHERE change = 'running' AND model = {model:String}) AS triggered
LEFT JOIN (SELECT * FROM retraining_changes WHERE change NOT IN ('running', 'not_started')) AS concluded
    ON triggered.retraining_id = concluded.retraining_id
LEFT JOIN runs ON triggered.run_id = runs.run_id
ASOF LEFT JOIN (SELECT model, served_at, instant FROM predictions) AS served
    ON triggered.model = served.model AND triggered.time >= served.served_at
ORDER BY triggered.sequence
