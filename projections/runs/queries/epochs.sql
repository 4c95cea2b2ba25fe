-- The epochs of a training run.
SELECT
    epoch,
    train_loss          AS trainLoss,
    validation_loss     AS validationLoss,
    validation_accuracy AS validationAccuracy,
    validation_macro_f1 AS validationMacroF1,
    seconds,
    time
FROM epochs
WHERE run_id = {runId:String}
ORDER BY epoch, event_id
LIMIT 10000
