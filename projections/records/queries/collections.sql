-- Collections, the newest first, with how far each is; `total`: how many records a remote source says there are (an estimate). `after`: when
-- the last one before was asked for, its id.
SELECT
    subject AS collectionId,
    max(JSONExtractString(data, 'task')) AS task,
    multiIf(countIf(type = 'CollectionCompleted') > 0, 'completed', countIf(type = 'CollectionFailed') > 0, 'failed',
            countIf(type = 'CollectionStarted') > 0, 'running', 'requested') AS status,
    sumIf(JSONExtractUInt(data, 'records'), type = 'PageCollected')  AS records,
    sumIf(JSONExtractUInt(data, 'rejected'), type = 'PageCollected') AS rejected,
    nullIf(maxIf(JSONExtractUInt(data, 'total'), type = 'PageCollected'), 0) AS total,
    maxIf(JSONExtractString(data, 'sourceName'), type = 'CollectionRequested') AS source,
    nullIf(maxIf(JSONExtractString(data, 'reason'), type = 'CollectionFailed'), '') AS reason,
    min(events.time) AS requestedAt,
    minOrNullIf(events.time, type = 'CollectionStarted') AS startedAt,
    maxOrNullIf(events.time, type IN ('CollectionCompleted', 'CollectionFailed')) AS endedAt
FROM events
WHERE stream = 'collections'
GROUP BY subject
HAVING ({task:Nullable(String)} IS NULL OR task = {task:Nullable(String)})
   AND ({status:Nullable(String)} IS NULL OR status = {status:Nullable(String)})
   AND (empty({after:Array(String)})
        OR (requestedAt, collectionId) < (parseDateTime64BestEffortOrZero({after:Array(String)}[1], 3, 'UTC'), {after:Array(String)}[2]))
ORDER BY requestedAt DESC, collectionId DESC
LIMIT {limit:UInt32}
