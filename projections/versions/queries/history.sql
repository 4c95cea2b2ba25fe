-- The changes of a model and its versions up to a moment of the data, the newest first.
SELECT
    version,
    change,
    replaced,
    run_id        AS runId,
    dataset_id    AS datasetId,
    evaluation_id AS evaluationId,
    metrics,
    primary_metric AS primaryMetric,
    code,
    reason,
    requested_by  AS requestedBy,
    policy_version AS policyVersion,
    time,
    instant,
    event_id      AS eventId
FROM version_history
WHERE model = {model:String} AND instant <= parseDateTime64BestEffort({at:String}, 3, 'UTC')
ORDER BY sequence DESC, event_id
LIMIT {limit:UInt32}
