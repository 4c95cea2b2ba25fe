-- What happened to an experiment: how it started, its last analysis, and how it ended.
SELECT
    experiment_id            AS experimentId,
    model,
    change,
    arms,
    traffic,
    audience,
    metrics,
    segments,
    minimum_units            AS minimumUnits,
    minimum_improvement      AS minimumImprovement,
    significance,
    analyse_every            AS analyseEvery,
    maximum_duration         AS maximumDuration,
    promotes,
    baseline,
    needed_units             AS neededUnits,
    review,
    measurement_id           AS measurementId,
    verdict,
    winner,
    reasons,
    sample_ratio_statistic   AS sampleRatioStatistic,
    sample_ratio_p_value     AS sampleRatioPValue,
    is_sample_ratio_mismatch AS isSampleRatioMismatch,
    counts,
    comparisons,
    arm,
    version,
    deployment_id            AS deploymentId,
    code,
    reason,
    requested_by             AS requestedBy,
    policy_version           AS policyVersion,
    time,
    instant,
    event_id                 AS eventId
FROM
(
    SELECT *, max(if(change = 'analysed', sequence, 0)) OVER () AS last_analysis
    FROM experiment_history
    WHERE experiment_id = {experimentId:String} AND change != 'refused'
)
WHERE change != 'analysed' OR sequence = last_analysis
ORDER BY sequence
LIMIT 1000
