-- Windows of predictions, the newest first, with the drift of each feature; `after`: time,
-- window, event id of the last one before.
SELECT
    model,
    version,
    window,
    any(predictions)       AS predictions,
    any(from_instant)      AS from,
    any(to_instant)        AS to,
    max(drift.drifted)     AS drifted,
    arraySort(f -> (f.feature, f.slice), groupArray(
        CAST((feature, slice, psi, expected_psi, auroc, expected_auroc, p_value, adjusted_p_value, drift.drifted),
            'Tuple(feature String, slice String, psi Float64, expectedPsi Float64, auroc Nullable(Float64), expectedAuroc Nullable(Float64), pValue Float64, adjustedPValue Nullable(Float64), drifted Bool)'))) AS features,
    any(policy_version)    AS policyVersion,
    max(drift.time)        AS time,
    event_id               AS eventId
FROM drift
WHERE model = coalesce({model:Nullable(String)}, model)
  AND version = coalesce({version:Nullable(String)}, version)
  AND feature = coalesce({feature:Nullable(String)}, feature)
GROUP BY model, version, window, event_id
HAVING empty({after:Array(String)})
    OR (max(drift.time), window, event_id) < (parseDateTime64BestEffortOrZero({after:Array(String)}[1], 3, 'UTC'), toUInt64OrZero({after:Array(String)}[2]), {after:Array(String)}[3])
ORDER BY time DESC, window DESC, event_id DESC
LIMIT {limit:UInt32}
