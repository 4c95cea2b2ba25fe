-- By month: a metric (accuracy, or rmse of numbers) of the versions in production, and of the first version on the same records.
WITH
    truths AS
    (
        SELECT request_id, argMax(label, offset) AS label, argMax(value, offset) AS value FROM outcomes GROUP BY request_id
    ),
    labelled AS
    (
        SELECT
            formatDateTime(predictions.instant, '%Y-%m') AS month,
            predictions.version                          AS version,
            predictions.label = truths.label             AS correct,
            predictions.value - truths.value             AS error
        FROM predictions INNER JOIN truths ON predictions.request_id = truths.request_id
        WHERE predictions.model = {model:String}
    ),
    months AS
    (
        SELECT
            month,
            count() AS records,
            if({metric:String} = 'rmse', sqrt(avg(error * error)), avg(correct)) AS value,
            arraySort(groupUniqArray(version)) AS versions
        FROM labelled
        GROUP BY month
    ),
    first_version AS
    (
        SELECT substring(evaluation_id, length({prefix:String}) + 1) AS month, max(metrics[{metric:String}]) AS value
        FROM evaluations
        WHERE startsWith(evaluation_id, {prefix:String}) AND model = {model:String}
        GROUP BY month
    ),
    drifts AS
    (
        SELECT
            formatDateTime(to_instant, '%Y-%m')                      AS month,
            max(drift.psi)                                           AS highest_psi,
            argMax(drift.feature, drift.psi)                         AS feature,
            arraySort(groupUniqArrayIf(drift.feature, drift.drifted))            AS drifted
        FROM drift
        WHERE model = {model:String}
        GROUP BY month
    )
SELECT
    months.month                                       AS month,
    months.records                                     AS records,
    months.versions                                    AS versions,
    months.value                                       AS value,
    first_version.value                                AS first_value,
    if(drifts.month = '', NULL, drifts.highest_psi)    AS highest_psi,
    if(drifts.month = '', NULL, drifts.feature)        AS highest_feature,
    drifts.drifted                                     AS drifted
FROM months
LEFT JOIN first_version ON months.month = first_version.month
LEFT JOIN drifts ON months.month = drifts.month
ORDER BY month
