-- All that had happened to a model and its versions up to a moment, the latest first.
SELECT
    version,
    change,
    replaced,
    run_id        AS runId,
    dataset_id    AS datasetId,
    evaluation_id AS evaluationId,
    accuracy,
    macro_f1      AS macroF1,
    code,
    reason,
    requested_by  AS requestedBy,
    time,
    event_id      AS eventId
FROM
(
    SELECT
        model, sequence, version, change, replaced, run_id, dataset_id, evaluation_id, accuracy, macro_f1, code, reason,
        requested_by, time, event_id
    FROM version_history
    UNION ALL
    SELECT
        model, sequence, version, 'retired', NULL, NULL, NULL, NULL, NULL, NULL, NULL, reason,
        requested_by, time, event_id
    FROM retirements
)
WHERE model = {model:String} AND time <= parseDateTime64BestEffort({at:String}, 3, 'UTC')
ORDER BY sequence DESC, event_id
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
