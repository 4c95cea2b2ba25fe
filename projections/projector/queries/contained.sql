-- Which of these events `events` contains: those at the positions (topics[i], partitions[i], offsets[i]).
SELECT topic, partition, offset
FROM events
WHERE (topic, partition, offset) IN (
    SELECT arrayJoin(arrayZip({topics:Array(String)}, {partitions:Array(UInt16)}, {offsets:Array(UInt64)})))
SETTINGS select_sequential_consistency = 1
