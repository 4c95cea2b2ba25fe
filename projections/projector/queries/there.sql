-- Whether an event is in the projections, or on its way into the last of them.
SELECT count() > 0 AS there
FROM events
WHERE topic = {topic:String} AND partition = {partition:UInt16} AND offset = {offset:UInt64}
SETTINGS select_sequential_consistency = 1
