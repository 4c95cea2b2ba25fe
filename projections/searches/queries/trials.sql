-- The trials of a search, in their order.
SELECT
    trial,
    status,
    run_id     AS runId,
    params,
    step,
    value,
    metrics,
    code,
    reason,
    started_at AS startedAt,
    ended_at   AS endedAt
FROM trials
WHERE search_id = {searchId:String}
ORDER BY trial
LIMIT 10000
