-- What an annotator is to label next: records that lack nothing but a label and have fewer labels than `annotators`, none of
-- theirs. Each annotator has an order of their own, so that two seldom have the same one.
WITH
    lacking AS
    (
        SELECT record_id
        FROM samples
        WHERE task = {task:String}
        GROUP BY record_id
        HAVING argMax(decision = 'rejected' AND reason = 'no_target', (decided_at, event_id))
        UNION DISTINCT
        SELECT record_id -- people alone have labelled it
        FROM label_changes
        WHERE task = {task:String}
        GROUP BY record_id
        HAVING argMax(original IS NULL, (changed_at, event_id))
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
        SELECT record_id, labels
        FROM lacking
        LEFT JOIN given USING (record_id)
        WHERE labels < {annotators:UInt32} AND NOT own
        ORDER BY labels DESC, cityHash64(record_id, {annotator:String})
        LIMIT {limit:UInt32}
    )
SELECT
    record_id AS recordId,
    any(fields) AS fields,
    any(labels) AS labels,
    CAST(NULL AS Nullable(String))  AS suggested,
    CAST(NULL AS Nullable(Float64)) AS confidence,
    CAST(NULL AS Nullable(Float64)) AS uncertainty,
    CAST(NULL AS Nullable(String))  AS queueId
FROM chosen
INNER JOIN
(
    SELECT record_id, argMax(fields, (ingested_at, event_id)) AS fields
    FROM records
    WHERE task = {task:String} AND record_id IN (SELECT record_id FROM chosen)
    GROUP BY record_id
) AS newest USING (record_id)
GROUP BY record_id
ORDER BY labels DESC, cityHash64(record_id, {annotator:String})
