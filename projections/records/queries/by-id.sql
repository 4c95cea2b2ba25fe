-- A record as it was ingested last: it may come again with other content.
SELECT
    task,
    record_id     AS recordId,
    time,
    task_version  AS taskVersion,
    fields,
    collection_id AS collectionId,
    line,
    ingested_at   AS ingestedAt,
    event_id      AS eventId
FROM records
WHERE task = {task:String} AND record_id = {recordId:String}
ORDER BY ingested_at DESC, event_id DESC
LIMIT 1
