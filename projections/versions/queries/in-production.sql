-- The version of a model that was in production at a moment of the data, and the event that had promoted it or rolled back to it.
SELECT
    version,
    package,
    run_id        AS runId,
    dataset_id    AS datasetId,
    evaluation_id AS evaluationId,
    reason,
    requested_by  AS requestedBy,
    policy_version AS policyVersion,
    time          AS since,
    instant,
    event_id      AS eventId
FROM
(
    SELECT *
    FROM version_history
    WHERE model = {model:String}
      AND change IN ('promoted', 'rolled_back', 'retired')
      AND instant <= parseDateTime64BestEffort({at:String}, 3, 'UTC')
    ORDER BY sequence DESC
    LIMIT 1
)
WHERE change != 'retired'
