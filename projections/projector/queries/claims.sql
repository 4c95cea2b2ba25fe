-- The claims of the projectors, and the moment of the server's clock up to which at least they have been read.
SELECT
    toUnixTimestamp64Milli(now64(3)) AS at,
    groupArray(CAST(
        (topic, partition, complete, number, last, token),
        'Tuple(topic String, partition UInt16, complete Bool, number UInt64, last UInt64, token String)')) AS claims
FROM (SELECT * FROM projector_claims FINAL)
SETTINGS select_sequential_consistency = 1
