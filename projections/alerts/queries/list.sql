-- Alerts, the newest first; `after`: when the last one before was raised, its id.
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
WHERE model = coalesce({model:Nullable(String)}, model)
  AND coalesce(cause, '') = coalesce({kind:Nullable(String)}, cause, '')
  AND status = coalesce({status:Nullable(String)}, status)
  AND (empty({after:Array(String)}) OR (coalesce(raised_at, toDateTime64(0, 3, 'UTC')), alert_id) < (parseDateTime64BestEffortOrZero({after:Array(String)}[1], 3, 'UTC'), {after:Array(String)}[2]))
ORDER BY coalesce(raised_at, toDateTime64(0, 3, 'UTC')) DESC, alert_id DESC
LIMIT {limit:UInt32}
