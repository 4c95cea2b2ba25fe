-- Whether an event of these types names an artifact, by its digest.
SELECT count() > 0 AS named
FROM (SELECT 1 FROM events WHERE type IN {types:Array(String)} AND position(data, {digest:String}) > 0 LIMIT 1)
