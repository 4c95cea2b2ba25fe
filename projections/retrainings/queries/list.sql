-- Retrainings, the newest first.
SELECT
    retraining_id   AS retrainingId,
    model,
    status,
    cause,
    reason,
    outcome,
    samples,
    samples_at_last AS samplesAtLast,
    dataset_id      AS datasetId,
    run_id          AS runId,
    engine,
    version,
    triggered_at    AS triggeredAt,
    ended_at        AS endedAt
FROM retrainings
WHERE model = coalesce({model:Nullable(String)}, model)
  AND status = coalesce({status:Nullable(String)}, status)
ORDER BY triggered_at DESC, retraining_id
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
