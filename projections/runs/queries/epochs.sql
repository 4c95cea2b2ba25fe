-- The epochs of a training run.
SELECT
    epoch,
    train_loss AS trainLoss,
    validation,
    seconds,
    time
FROM epochs
WHERE run_id = {runId:String}
ORDER BY epoch, event_id
LIMIT 10000
