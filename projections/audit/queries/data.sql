-- What the event at a position says, as JSON.
SELECT data
FROM events
WHERE topic = {topic:String} AND partition = {partition:UInt16} AND offset = {offset:UInt64}
LIMIT 1
