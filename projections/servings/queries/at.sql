-- The last report of each instance of the predictor on a decision, up to a moment.
SELECT
    instance,
    argMax(servings.state, offset)    AS state,
    argMax(servings.version, offset)  AS version,
    argMax(tuple(servings.served), offset).1 AS served,
    argMax(tuple(servings.reason), offset).1 AS reason,
    max(servings.time)                AS since,
    argMax(servings.event_id, offset) AS eventId
FROM servings
WHERE model = {model:String}
  AND decision_id = {decisionId:String}
  AND time <= parseDateTime64BestEffort({at:String}, 3, 'UTC')
GROUP BY instance
ORDER BY instance
