-- Windows of labelled predictions, the newest first; `after`: time, window, event id of the last one before.
SELECT
    model,
    version,
    window,
    labelled,
    metric,
    value,
    reference,
    p_value      AS pValue,
    dropped,
    policy_version AS policyVersion,
    from_instant AS from,
    to_instant   AS to,
    time,
    event_id     AS eventId
FROM quality
WHERE model = coalesce({model:Nullable(String)}, model)
  AND version = coalesce({version:Nullable(String)}, version)
  AND (empty({after:Array(String)})
       OR (time, window, event_id) < (parseDateTime64BestEffortOrZero({after:Array(String)}[1], 3, 'UTC'), toUInt64OrZero({after:Array(String)}[2]), {after:Array(String)}[3]))
ORDER BY time DESC, window DESC, event_id DESC
LIMIT {limit:UInt32}
