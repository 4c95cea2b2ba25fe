-- One alert.
SELECT
    alert_id    AS alertId,
    monitor_id  AS monitorId,
    model,
    version,
    cause,
    severity,
    status,
    silenced,
    value,
    bound,
    samples,
    measurement_id AS measurementId,
    reason,
    resolution,
    policy_version AS policyVersion,
    raised_at   AS raisedAt,
    resolved_at AS resolvedAt
FROM alerts
WHERE alert_id = {alertId:String}
