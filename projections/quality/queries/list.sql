-- Windows of labelled predictions, the newest first.
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
ORDER BY time DESC, window DESC, event_id
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
