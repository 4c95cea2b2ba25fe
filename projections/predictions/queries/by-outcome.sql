-- The page of `list` of those predictions alone whose outcome is known, or not (`labelled`): among the newest 10,000, and among
-- all where these are too few. `after`: when the last one before was served, its request id.
WITH
    asked AS
    (
        SELECT *
        FROM predictions
        WHERE (empty({after:Array(String)}) OR (served_at, request_id) < (parseDateTime64BestEffortOrZero({after:Array(String)}[1], 3, 'UTC'), {after:Array(String)}[2]))
          AND model = coalesce({model:Nullable(String)}, model)
          AND ({task:Nullable(String)} IS NULL
               OR model IN (SELECT model FROM model_declarations WHERE task = {task:Nullable(String)}))
          AND version = coalesce({version:Nullable(String)}, version)
          AND ({label:Nullable(String)} IS NULL OR label = {label:Nullable(String)})
          AND ({instanceId:Nullable(String)} IS NULL OR instance_id = {instanceId:Nullable(String)})
          AND ({from:Nullable(String)} IS NULL
               OR served_at >= parseDateTime64BestEffortOrNull({from:Nullable(String)}, 3, 'UTC'))
          AND ({to:Nullable(String)} IS NULL
               OR served_at < parseDateTime64BestEffortOrNull({to:Nullable(String)}, 3, 'UTC'))
    ),
    -- times alone are read first, and then rows since one of them
    (
        SELECT min(served_at)
        FROM (SELECT served_at FROM asked ORDER BY served_at DESC LIMIT {limit:UInt32} + 10000)
    ) AS recently,
    (
        SELECT count()
        FROM asked
        WHERE served_at >= recently
          AND {labelled:Bool} = (request_id IN
              (SELECT request_id FROM outcomes WHERE request_id IN (SELECT request_id FROM asked WHERE served_at >= recently)))
    ) AS found,
    if(found >= {limit:UInt32}, recently, toDateTime64(0, 3, 'UTC')) AS since,
    (SELECT (min(request_id), max(request_id)) FROM asked WHERE served_at >= since) AS ends,
    (
        -- both sides are sorted by request and read beside each other; what does not fit of the sorting is on the disk
        SELECT groupArray((model, served_at, request_id))
        FROM
        (
            SELECT model, served_at, request_id
            FROM (SELECT model, served_at, request_id FROM asked WHERE served_at >= since) AS every
            LEFT JOIN
            (
                SELECT request_id, 1 AS is_reported
                FROM outcomes
                WHERE request_id >= ends.1 AND request_id <= ends.2
                LIMIT 1 BY request_id
            ) AS reported USING (request_id)
            WHERE {labelled:Bool} = (is_reported = 1)
            ORDER BY served_at DESC, request_id DESC
            LIMIT {limit:UInt32}
        )
    ) AS keys,
    page AS (SELECT * FROM predictions WHERE (model, served_at, request_id) IN (SELECT arrayJoin(keys) AS key)),
    truths AS
    (
        SELECT request_id, argMax(label, offset) AS label, argMax(value, offset) AS value,
               argMax(reported_at, offset) AS reported_at
        FROM outcomes
        WHERE request_id IN (SELECT arrayJoin(keys).3)
        GROUP BY request_id
    )
SELECT
    page.request_id                                             AS requestId,
    page.instance_id                                            AS instanceId,
    page.model                                                  AS model,
    page.version                                                AS version,
    page.label                                                  AS label,
    page.value                                                  AS value,
    page.confidence                                             AS confidence,
    page.latency_ms                                             AS latencyMs,
    page.features                                               AS features,
    page.variant                                                AS variant,
    page.instant                                                AS instant,
    page.served_at                                              AS servedAt,
    page.event_id                                               AS eventId,
    truths.label                                                AS trueLabel,
    truths.value                                                AS trueValue,
    if(truths.request_id = '', NULL, truths.reported_at)        AS reportedAt,
    (truths.label = page.label)::Nullable(Bool)                 AS correct,
    page.value - truths.value                                   AS error
FROM page LEFT JOIN truths ON page.request_id = truths.request_id
ORDER BY servedAt DESC, requestId DESC
SETTINGS join_algorithm = 'full_sorting_merge', max_bytes_before_external_sort = 30000000
