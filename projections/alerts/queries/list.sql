-- Alerts, the newest first.
SELECT
    alert_id    AS alertId,
    monitor_id  AS monitorId,
    model,
    version,
    cause,
    status,
    reason,
    resolution,
    policy_version AS policyVersion,
    raised_at   AS raisedAt,
    resolved_at AS resolvedAt
FROM alerts
WHERE model = coalesce({model:Nullable(String)}, model)
  AND status = coalesce({status:Nullable(String)}, status)
ORDER BY raised_at DESC, alert_id
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
