-- Reports, the newest first; `after`: the time and the event of the last one before.
SELECT
    report_id    AS reportId,
    model,
    kind,
    windows,
    drifted,
    page,
    data,
    requested_by AS requestedBy,
    time         AS writtenAt,
    event_id     AS eventId
FROM reports
WHERE ({model:Nullable(String)} IS NULL OR model = {model:Nullable(String)})
  AND (empty({after:Array(String)})
       OR (time, event_id) < (parseDateTime64BestEffortOrZero({after:Array(String)}[1], 3, 'UTC'), {after:Array(String)}[2]))
ORDER BY time DESC, event_id DESC
LIMIT {limit:UInt32}
