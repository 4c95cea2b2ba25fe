-- A page of events without their data, as `events` has it with them: data are most of the bytes of the log. Positions are
-- selected first, and the other columns for the page alone.
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
    'null'                    AS data,
    length(subject)           AS bytes
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
ORDER BY sign * toUnixTimestamp64Milli(events.time), topic, partition, sign * toInt64(offset)
