-- The epochs of a training run; of one that was not trained, those of the run whose result it has.
SELECT
    epoch,
    train_loss AS trainLoss,
    validation,
    seconds,
    learning_rate      AS learningRate,
    gradient_norm      AS gradientNorm,
    samples_per_second AS samplesPerSecond,
    cpu_percent        AS cpuPercent,
    rss_bytes          AS rssBytes,
    device,
    device_bytes       AS deviceBytes,
    watt_hours         AS wattHours,
    co2_grams          AS co2Grams,
    time
FROM epochs
WHERE run_id = coalesce((SELECT anyOrNull(reused_from) FROM reused_runs WHERE run_id = {runId:String}), {runId:String})
ORDER BY epoch, event_id
LIMIT 10000
