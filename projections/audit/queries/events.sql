-- A page of events, the oldest first or, if `newest`, the last, with at most `maxBytes` of data (the last event may exceed it). Positions and sizes
-- are selected first, and the data of the page only at the end: a sort would hold all data in memory. `after`: time, topic,
-- partition, offset of the last one before. `heads` has the same page without data.
WITH if({newest:Bool}, -1, 1) AS sign
SELECT
    topic,
    partition,
    offset,
    id,
    type,
    stream,
    subject,
    source,
    time,
    instant,
    sequence,
    correlation_id            AS correlationId,
    nullIf(causation_id, '')  AS causationId,
    data,
    length(data) + length(subject) AS bytes
FROM events
WHERE (topic, partition, offset) IN
(
    SELECT topic, partition, offset
    FROM
    (
        SELECT
            topic,
            partition,
            offset,
            sum(bytes) OVER
                (ORDER BY sign * toUnixTimestamp64Milli(time), topic, partition, sign * toInt64(offset) ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
        FROM
        (
            SELECT topic, partition, offset, time, length(data) + length(subject) AS bytes
            FROM events
            WHERE (topic, partition, offset) IN
            (
                SELECT topic, partition, offset
                FROM events
                WHERE (empty({after:Array(String)})
                       OR (sign * toUnixTimestamp64Milli(time), topic, partition, sign * toInt64(offset))
                            > (sign * toUnixTimestamp64Milli(parseDateTime64BestEffortOrZero({after:Array(String)}[1], 3, 'UTC')),
                               {after:Array(String)}[2], toUInt16OrZero({after:Array(String)}[3]),
                               sign * toInt64OrZero({after:Array(String)}[4])))
                  AND ({stream:Nullable(String)} IS NULL OR stream = {stream:Nullable(String)})
                  AND ({type:Nullable(String)} IS NULL OR type = {type:Nullable(String)})
                  AND ({subject:Nullable(String)} IS NULL OR subject = {subject:Nullable(String)})
                  AND ({source:Nullable(String)} IS NULL OR source = {source:Nullable(String)})
                  AND ({correlationId:Nullable(String)} IS NULL OR correlation_id = {correlationId:Nullable(String)})
                  AND ({causationId:Nullable(String)} IS NULL OR causation_id = {causationId:Nullable(String)})
                  AND ({from:Nullable(String)} IS NULL
                       OR time >= parseDateTime64BestEffortOrNull({from:Nullable(String)}, 3, 'UTC'))
                  AND ({to:Nullable(String)} IS NULL
                       OR time < parseDateTime64BestEffortOrNull({to:Nullable(String)}, 3, 'UTC'))
                ORDER BY sign * toUnixTimestamp64Milli(time), topic, partition, sign * toInt64(offset)
                LIMIT {limit:UInt32}
            )
        )
    )
    WHERE before < {maxBytes:UInt64}
)
ORDER BY sign * toUnixTimestamp64Milli(events.time), topic, partition, sign * toInt64(offset)
