-- Which version of a model was in production at a moment, and the event that had put it there.
SELECT
    version,
    package,
    run_id        AS runId,
    dataset_id    AS datasetId,
    evaluation_id AS evaluationId,
    reason,
    requested_by  AS requestedBy,
    time          AS since,
    event_id      AS eventId
FROM version_history
WHERE model = {model:String}
  AND change IN ('promoted', 'rolled_back')
  AND time <= parseDateTime64BestEffort({at:String}, 3, 'UTC')
  AND sequence >
  (
      SELECT max(sequence)
      FROM retirements
      WHERE model = {model:String} AND time <= parseDateTime64BestEffort({at:String}, 3, 'UTC')
  )
ORDER BY sequence DESC
LIMIT 1
