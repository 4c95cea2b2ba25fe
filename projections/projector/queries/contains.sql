-- Whether `events` contains an event.
SELECT count() > 0 AS contained
FROM events
WHERE topic = {topic:String} AND partition = {partition:UInt16} AND offset = {offset:UInt64}
SETTINGS select_sequential_consistency = 1
