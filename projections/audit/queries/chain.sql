-- An event and the chain of its causes, from the request that came from outside.
WITH RECURSIVE chain AS
(
    SELECT topic, partition, offset, correlation_id, causation_id, toUInt32(0) AS distance
    FROM events
    WHERE id = {id:String}

    UNION ALL

    SELECT cause.topic, cause.partition, cause.offset, cause.correlation_id, cause.causation_id, chain.distance + 1
    FROM events AS cause INNER JOIN chain ON cause.id = chain.causation_id
    WHERE cause.correlation_id IN (SELECT correlation_id FROM events WHERE id = {id:String})
)
SELECT
    events.topic                    AS topic,
    events.partition                AS partition,
    events.offset                   AS offset,
    events.id                       AS id,
    events.type                     AS type,
    events.stream                   AS stream,
    events.subject                  AS subject,
    events.source                   AS source,
    events.time                     AS time,
    events.instant                  AS instant,
    events.sequence                 AS sequence,
    events.correlation_id           AS correlationId,
    nullIf(events.causation_id, '') AS causationId,
    events.data                     AS data
FROM
(
    SELECT * FROM events WHERE (topic, partition, offset) IN (SELECT topic, partition, offset FROM chain)
) AS events
INNER JOIN chain
    ON events.topic = chain.topic AND events.partition = chain.partition AND events.offset = chain.offset
ORDER BY chain.distance DESC
