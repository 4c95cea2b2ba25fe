-- What an annotator is to label next: the samples of the newest queue, or else records that lack nothing but a label; none that
-- they have labelled, or as many as `annotators`. First where others have begun, then the most uncertain of the queue, in
-- blocks of five; within these each annotator has an order of their own, so that two seldom have the same one.
WITH
    newest AS
    (
        SELECT argMax(queue_id, (ranked_at, event_id)) AS queue, argMax(event_id, (ranked_at, event_id)) AS event
        FROM label_queue
        WHERE task = {task:String}
    ),
    queued AS
    (
        SELECT record_id, number, suggested, confidence, uncertainty
        FROM label_queue
        WHERE task = {task:String} AND event_id IN (SELECT event FROM newest)
    ),
    lacking AS
    (
        SELECT record_id
        FROM samples
        WHERE task = {task:String} AND coalesce(reason, '') != 'superseded' -- an older version changes nothing
        GROUP BY record_id
        HAVING argMax(decision = 'rejected' AND reason = 'no_target', (decided_at, event_id))
        UNION DISTINCT
        SELECT record_id -- people alone have labelled it
        FROM label_changes
        WHERE task = {task:String}
        GROUP BY record_id
        HAVING argMax(original IS NULL, (changed_at, event_id))
        UNION DISTINCT
        SELECT record_id FROM queued
    ),
    given AS
    (
        SELECT record_id, count() AS labels, has(groupArray(annotator), {annotator:String}) AS own
        FROM labels
        WHERE task = {task:String}
        GROUP BY record_id
    ),
    chosen AS
    (
        SELECT
            record_id,
            labels,
            number,
            suggested,
            confidence,
            uncertainty,
            (labels = 0, if(number = 0, 4294967295, intDiv(number - 1, 5)), cityHash64(record_id, {annotator:String})) AS place
        FROM lacking
        LEFT JOIN given USING (record_id)
        LEFT JOIN queued USING (record_id)
        WHERE labels < {annotators:UInt32} AND NOT own
        ORDER BY place
        LIMIT {limit:UInt32}
    )
SELECT
    record_id        AS recordId,
    any(fields)      AS fields,
    any(labels)      AS labels,
    if(any(number) = 0, NULL, any(c.suggested))               AS suggested,
    if(any(number) = 0, NULL, any(c.confidence))              AS confidence,
    if(any(number) = 0, NULL, any(c.uncertainty))             AS uncertainty,
    if(any(number) = 0, NULL, (SELECT queue FROM newest))  AS queueId
FROM chosen AS c
INNER JOIN
(
    SELECT record_id, argMax(fields, (ingested_at, event_id)) AS fields
    FROM records
    WHERE task = {task:String} AND record_id IN (SELECT record_id FROM chosen)
    GROUP BY record_id
) AS latest USING (record_id)
GROUP BY record_id
ORDER BY any(place)
