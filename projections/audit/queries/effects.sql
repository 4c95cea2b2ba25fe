-- The direct effects of an event.
SELECT id, type, stream, subject, source, time, instant
FROM events
WHERE causation_id = {id:String}
ORDER BY time, topic, partition, offset
LIMIT {limit:UInt32}
