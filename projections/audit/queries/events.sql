-- A page of events, the oldest first, with at most `maxBytes` of data (the last event may exceed it). Positions and sizes
-- are selected first, and the data of the page only at the end: a sort would hold all data in memory. `after`: time, topic,
-- partition, offset of the last one before.
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
                (ORDER BY time, topic, partition, offset ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
        FROM
        (
            SELECT topic, partition, offset, time, length(data) + length(subject) AS bytes
            FROM events
            WHERE (topic, partition, offset) IN
            (
                SELECT topic, partition, offset
                FROM events
                WHERE (empty({after:Array(String)})
                       OR (time, topic, partition, offset)
                            > (parseDateTime64BestEffortOrZero({after:Array(String)}[1], 3, 'UTC'), {after:Array(String)}[2],
                               toUInt16OrZero({after:Array(String)}[3]), toUInt64OrZero({after:Array(String)}[4])))
                  AND stream = coalesce({stream:Nullable(String)}, stream)
                  AND type = coalesce({type:Nullable(String)}, type)
                  AND subject = coalesce({subject:Nullable(String)}, subject)
                  AND source = coalesce({source:Nullable(String)}, source)
                  AND correlation_id = coalesce({correlationId:Nullable(String)}, correlation_id)
                  AND causation_id = coalesce({causationId:Nullable(String)}, causation_id)
                  AND ({from:Nullable(String)} IS NULL
                       OR time >= parseDateTime64BestEffortOrNull({from:Nullable(String)}, 3, 'UTC'))
                  AND ({to:Nullable(String)} IS NULL
                       OR time < parseDateTime64BestEffortOrNull({to:Nullable(String)}, 3, 'UTC'))
                ORDER BY time, topic, partition, offset
                LIMIT {limit:UInt32}
            )
        )
    )
    WHERE before < {maxBytes:UInt64}
)
ORDER BY events.time, topic, partition, offset
