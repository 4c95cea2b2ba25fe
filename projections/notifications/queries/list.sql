-- Notifications, the newest first; `after`: when the last one before was planned, its id.
SELECT
    notification_id AS notificationId,
    channel,
    kind,
    about_id        AS eventId,
    about_type      AS eventType,
    model,
    severity,
    title,
    status,
    attempts,
    code,
    reason,
    planned_at      AS plannedAt,
    ended_at        AS endedAt
FROM notifications
WHERE ({model:Nullable(String)} IS NULL OR model = {model:Nullable(String)})
  AND status = coalesce({status:Nullable(String)}, status)
  AND (empty({after:Array(String)})
       OR (planned_at, notification_id)
            < (parseDateTime64BestEffortOrZero({after:Array(String)}[1], 3, 'UTC'), {after:Array(String)}[2]))
ORDER BY planned_at DESC, notification_id DESC
LIMIT {limit:UInt32}
