-- How a dataset met what its task expects, in the order of the task file; `after`: the number of the last one before.
SELECT
    number,
    expectation,
    severity,
    holds,
    share,
    bound,
    failed,
    samples,
    rows
FROM dataset_expectations
WHERE dataset_id = {datasetId:String}
  AND (empty({after:Array(String)}) OR number > toUInt32OrZero({after:Array(String)}[1]))
ORDER BY time, event_id, number
LIMIT {limit:UInt32}
