-- What happened to a model beneath its versions, between two instants: predictions in no more than `steps` stretches, windows of drift
-- (`value`: the largest PSI, `label`: its feature), and alerts that were raised. Instants are those of the data.
WITH
    parseDateTime64BestEffortOrZero({from:String}, 3, 'UTC') AS begin,
    parseDateTime64BestEffortOrZero({to:String}, 3, 'UTC') AS end,
    greatest(toInt64(1), intDiv(toUnixTimestamp64Milli(end) - toUnixTimestamp64Milli(begin), {steps:UInt32})) AS width,
    raised AS
    (
        SELECT topic, partition, offset, reason
        FROM alert_changes
        WHERE model = {model:String} AND change = 'raised'
    )
SELECT *
FROM
(
    SELECT
        'predictions' AS kind,
        begin + toIntervalMillisecond(intDiv(toUnixTimestamp64Milli(instant) - toUnixTimestamp64Milli(begin), width) * width) AS first,
        first + toIntervalMillisecond(width) AS last,
        toFloat64(count()) AS value,
        '' AS label,
        toBool(0) AS isBad,
        '' AS eventId
    FROM predictions
    WHERE model = {model:String} AND instant >= begin AND instant < end
    GROUP BY first
    UNION ALL
    SELECT 'drift', any(from_instant), any(to_instant), max(psi), argMax(feature, psi), max(drifted), event_id
    FROM drift
    WHERE model = {model:String} AND to_instant >= begin AND from_instant < end
    GROUP BY event_id
    UNION ALL
    SELECT 'alert', events.instant, events.instant, toFloat64(1), raised.reason, toBool(1), events.id
    FROM events
    INNER JOIN raised ON raised.topic = events.topic AND raised.partition = events.partition AND raised.offset = events.offset
    WHERE (events.topic, events.partition, events.offset) IN (SELECT topic, partition, offset FROM raised)
      AND events.instant >= begin AND events.instant < end
)
ORDER BY kind, first, eventId
LIMIT 5000
