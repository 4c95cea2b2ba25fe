-- One window of a model with the bins of each feature: that of an event.
SELECT
    version,
    window,
    event_id                 AS eventId,
    any(from_instant)        AS from,
    any(to_instant)          AS to,
    any(predictions)         AS predictions,
    arraySort(f -> (f.feature, f.slice), groupArray(
        CAST((feature, slice, psi, expected_psi, auroc, expected_auroc, p_value, edges, categories, reference_counts, window_counts, adjusted_p_value, drift.drifted),
            'Tuple(feature String, slice String, psi Float64, expectedPsi Float64, auroc Nullable(Float64), expectedAuroc Nullable(Float64), pValue Float64, edges Array(Float64), categories Array(String), reference Array(UInt64), actual Array(UInt64), adjustedPValue Nullable(Float64), drifted Bool)'))) AS features
FROM drift
WHERE model = {model:String} AND event_id = {eventId:String}
GROUP BY version, window, event_id
