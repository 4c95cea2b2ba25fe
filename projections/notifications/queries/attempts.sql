-- How notifications were planned, attempted and ended, the newest first; `after`: the time and the event of the last one before.
SELECT
    notification_id AS notificationId,
    channel,
    about_id        AS eventId,
    outcome,
    attempt,
    code,
    reason,
    retry_at        AS retryAt,
    time,
    event_id        AS id
FROM notification_attempts
WHERE notification_id = coalesce({notificationId:Nullable(String)}, notification_id)
  AND channel = coalesce({channel:Nullable(String)}, channel)
  AND (empty({after:Array(String)})
       OR (time, event_id) < (parseDateTime64BestEffortOrZero({after:Array(String)}[1], 3, 'UTC'), {after:Array(String)}[2]))
ORDER BY time DESC, event_id DESC
LIMIT {limit:UInt32}
