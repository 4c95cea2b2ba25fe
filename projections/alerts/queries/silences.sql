-- Silences of alerts, the newest first; `after`: when the last one before began, its id.
SELECT
    silence_id   AS silenceId,
    monitor_id   AS monitorId,
    model,
    kind,
    until,
    reason,
    requested_by AS requestedBy,
    time         AS since
FROM silences
WHERE model = coalesce({model:Nullable(String)}, model)
  AND kind = coalesce({kind:Nullable(String)}, kind)
  AND (empty({after:Array(String)}) OR (time, silence_id) < (parseDateTime64BestEffortOrZero({after:Array(String)}[1], 3, 'UTC'), {after:Array(String)}[2]))
ORDER BY time DESC, silence_id DESC
LIMIT {limit:UInt32}
