-- What happened to the deployments of a model, the newest first.
SELECT
    deployment_id  AS deploymentId,
    environment,
    change,
    version,
    previous,
    strategy,
    stages,
    stage,
    share,
    measurement_id AS measurementId,
    checks,
    code,
    reason,
    requested_by   AS requestedBy,
    policy_version AS policyVersion,
    sequence,
    time,
    instant,
    event_id       AS eventId
FROM deployment_history
WHERE model = {model:String}
  AND (empty({after:Array(String)})
       OR (sequence, event_id) < (toUInt64OrZero({after:Array(String)}[1]), {after:Array(String)}[2]))
ORDER BY sequence DESC, event_id DESC
LIMIT {limit:UInt32}
