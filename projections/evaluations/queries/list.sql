-- Evaluations, of a run or of a model, the newest first.
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
    arraySort(class -> class.label, per_class) AS perClass,
    confusion,
    coverage,
    in_training       AS inTraining,
    training_included AS trainingIncluded,
    baseline_version  AS baselineVersion,
    baseline_metrics  AS baselineMetrics,
    baseline_paired   AS baselinePaired,
    seconds,
    reason,
    time
FROM evaluations
WHERE ({runId:Nullable(String)} IS NULL OR run_id = {runId:Nullable(String)})
  AND model = coalesce({model:Nullable(String)}, model)
ORDER BY time DESC, evaluation_id, event_id
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
