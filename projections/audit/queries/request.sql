-- A request, and the events that may answer it: of its aggregate and these types.
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
    correlation_id           AS correlationId,
    nullIf(causation_id, '') AS causationId,
    data
FROM events
WHERE id = {id:String}
   OR type IN {types:Array(String)} AND subject = {subject:String}
ORDER BY time, topic, partition, offset
LIMIT 10000
