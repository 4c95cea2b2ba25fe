-- Windows of predictions, the newest first, with the drift of each feature.
SELECT
    model,
    version,
    window,
    any(predictions)       AS predictions,
    any(from_instant)      AS from,
    any(to_instant)        AS to,
    max(drift.drifted)     AS drifted,
    arraySort(f -> f.feature, groupArray(
        CAST((feature, psi, expected_psi, p_value, drift.drifted),
            'Tuple(feature String, psi Float64, expectedPsi Float64, pValue Float64, drifted Bool)'))) AS features,
    any(policy_version)    AS policyVersion,
    max(drift.time)        AS time,
    event_id               AS eventId
FROM drift
WHERE model = coalesce({model:Nullable(String)}, model)
  AND version = coalesce({version:Nullable(String)}, version)
  AND feature = coalesce({feature:Nullable(String)}, feature)
GROUP BY model, version, window, event_id
ORDER BY time DESC, window DESC, event_id
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
