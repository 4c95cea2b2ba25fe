-- Every promotion, refusal and archiving, and the month of the last prediction before it.
SELECT
    version_history.version                                    AS version,
    version_history.change                                     AS change,
    version_history.reason                                     AS reason,
    version_history.time                                       AS time,
    if(served.instant = 0, NULL, formatDateTime(served.instant, '%Y-%m')) AS month
FROM version_history
ASOF LEFT JOIN (SELECT model, served_at, instant FROM predictions) AS served
    ON version_history.model = served.model AND version_history.time >= served.served_at
WHERE version_history.model = {model:String}
ORDER BY version_history.sequence
