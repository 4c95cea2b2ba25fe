-- Evaluations, of a run or of a model, the newest first; `after`: time, id, event id of the last one before.
SELECT
    evaluation_id     AS evaluationId,
    model,
    version,
    run_id            AS runId,
    status,
    package,
    dataset_id        AS datasetId,
    data_artifact     AS data,
    samples,
    metrics,
    primary_metric    AS primaryMetric,
    standard_errors   AS standardErrors,
    lower,
    upper,
    suites,
    report,
    arraySort(class -> class.label, per_class) AS perClass,
    confusion,
    coverage,
    in_training       AS inTraining,
    training_included AS trainingIncluded,
    baseline_version  AS baselineVersion,
    baseline_metrics  AS baselineMetrics,
    baseline_paired   AS baselinePaired,
    nullIf(reused_from, '') AS reusedFrom,
    seconds,
    reason,
    time,
    event_id AS eventId
FROM evaluations
LEFT ANY JOIN (SELECT evaluation_id, reused_from FROM reused_evaluations) AS reused USING (evaluation_id)
WHERE ({runId:Nullable(String)} IS NULL OR run_id = {runId:Nullable(String)})
  AND model = coalesce({model:Nullable(String)}, model)
  AND (empty({after:Array(String)})
       OR (time, evaluation_id, event_id) < (parseDateTime64BestEffortOrZero({after:Array(String)}[1], 3, 'UTC'), {after:Array(String)}[2], {after:Array(String)}[3]))
ORDER BY time DESC, evaluation_id DESC, event_id DESC
LIMIT {limit:UInt32}
