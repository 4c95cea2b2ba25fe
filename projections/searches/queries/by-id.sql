-- A search.
SELECT
    search_id    AS searchId,
    status,
    model,
    task,
    engine,
    dataset_id   AS datasetId,
    metric,
    direction,
    settings,
    params,
    outcome,
    best,
    value,
    completed,
    pruned,
    failed,
    reason,
    requested_by AS requestedBy,
    started_at   AS startedAt,
    ended_at     AS endedAt
FROM searches
WHERE search_id = {searchId:String}
