-- A page of the records of a task, the earliest first, with what the curator decided of each. Records without a time come
-- first, as of 1900. `after`: that time, id, event id of the last one before.
WITH
    page AS
    (
        SELECT record_id, coalesce(time, toDateTime64('1900-01-01', 3, 'UTC')) AS at, time, fields, collection_id, ingested_at, event_id
        FROM records
        WHERE task = {task:String}
          AND (empty({after:Array(String)})
               OR (at, record_id, event_id) > (parseDateTime64BestEffortOrZero({after:Array(String)}[1], 3, 'UTC'), {after:Array(String)}[2], {after:Array(String)}[3]))
          AND collection_id = coalesce({collectionId:Nullable(String)}, collection_id)
          AND ({from:Nullable(Date32)} IS NULL OR toDate32(time) >= {from:Nullable(Date32)})
          AND ({to:Nullable(Date32)} IS NULL OR toDate32(time) < {to:Nullable(Date32)})
          AND ({target:Nullable(String)} IS NULL OR record_id IN (
                SELECT record_id FROM samples WHERE task = {task:String} AND target = {target:Nullable(String)}))
          AND ({decision:Nullable(String)} IS NULL OR record_id IN (
                SELECT record_id FROM samples WHERE task = {task:String} AND decision = {decision:Nullable(String)}))
        ORDER BY at, record_id, event_id
        LIMIT {limit:UInt32}
    ),
    decided AS
    (
        SELECT record_id, arrayMap(d -> d.3, arraySort(groupArray((decided_at, event_id, decision)))) AS decisions
        FROM samples
        WHERE task = {task:String} AND record_id IN (SELECT record_id FROM page)
        GROUP BY record_id
    )
SELECT
    page.record_id        AS recordId,
    page.time             AS time,
    page.at               AS at,
    page.fields           AS fields,
    page.collection_id    AS collectionId,
    page.ingested_at      AS ingestedAt,
    page.event_id         AS eventId,
    decided.decisions     AS decisions
FROM page LEFT JOIN decided ON page.record_id = decided.record_id
ORDER BY page.at, recordId, eventId
