-- Evaluations, of a run or of a model, the newest first, each with its classes.
WITH
    page AS
    (
        SELECT *
        FROM evaluations
        WHERE ({runId:Nullable(String)} IS NULL OR run_id = {runId:Nullable(String)})
          AND model = coalesce({model:Nullable(String)}, model)
        ORDER BY time DESC, evaluation_id, event_id
        LIMIT {limit:UInt32} OFFSET {offset:UInt32}
    ),
    classes AS
    (
        SELECT
            event_id,
            arraySort(class -> class.label, groupArray(
                CAST((label, precision, recall, f1, support),
                    'Tuple(label String, precision Float64, recall Float64, f1 Float64, support UInt64)'))) AS perClass
        FROM evaluation_classes
        WHERE evaluation_id IN (SELECT evaluation_id FROM page)
        GROUP BY event_id
    )
SELECT
    page.evaluation_id         AS evaluationId,
    page.model                 AS model,
    page.version               AS version,
    page.run_id                AS runId,
    page.status                AS status,
    page.package               AS package,
    page.dataset_id            AS datasetId,
    page.papers                AS papers,
    page.samples               AS samples,
    page.accuracy              AS accuracy,
    page.macro_f1              AS macroF1,
    page.log_loss              AS logLoss,
    page.calibration_error     AS calibrationError,
    page.cross_listed_accuracy AS crossListedAccuracy,
    page.coverage              AS coverage,
    page.confusion             AS confusion,
    page.baseline_version      AS baselineVersion,
    page.baseline_accuracy     AS baselineAccuracy,
    page.baseline_macro_f1     AS baselineMacroF1,
    page.in_training           AS inTraining,
    page.training_included     AS trainingIncluded,
    page.seconds               AS seconds,
    page.reason                AS reason,
    page.time                  AS time,
    classes.perClass           AS perClass
FROM page
LEFT JOIN classes ON page.event_id = classes.event_id
ORDER BY time DESC, evaluationId, page.event_id
