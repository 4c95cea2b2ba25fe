-- Schedules, by name; `after`: the name of the last one before.
SELECT
    schedule,
    active,
    cron,
    time_zone    AS timeZone,
    action,
    misfire,
    model,
    task,
    reason,
    requested_by AS requestedBy,
    revision,
    last_due_at  AS lastDueAt,
    due_times    AS dueTimes,
    misfires,
    declared_at  AS declaredAt
FROM schedules
WHERE ({model:Nullable(String)} IS NULL OR model = {model:Nullable(String)})
  AND (empty({after:Array(String)}) OR schedule > {after:Array(String)}[1])
ORDER BY schedule
LIMIT {limit:UInt32}
