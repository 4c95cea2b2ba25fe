-- How models do, as series of the metrics of kernel/telemetry.ts: of the versions in production, and open alerts.
WITH production AS (SELECT * FROM versions WHERE status = 'production')
SELECT
    'modelInProduction'                                                          AS metric,
    map('model', toString(model), 'version', toString(assumeNotNull(version)))   AS labels,
    toFloat64(1)                                                                 AS value
FROM production

UNION ALL

SELECT
    'modelQuality',
    map('model', toString(model), 'version', toString(assumeNotNull(version)),
        'metric', toString(assumeNotNull(primary_metric)), 'on', 'test'),
    metrics[assumeNotNull(primary_metric)]
FROM production
WHERE mapContains(metrics, assumeNotNull(primary_metric))

UNION ALL

SELECT
    'modelQuality',
    map('model', toString(model), 'version', toString(version), 'metric', toString(metric), 'on', 'production'),
    argMax(value, (time, window))
FROM quality
WHERE (model, version) IN (SELECT model, assumeNotNull(version) FROM production)
GROUP BY model, version, metric

UNION ALL

SELECT
    'driftPsi',
    map('model', toString(model), 'version', toString(version), 'feature', toString(feature)),
    argMax(psi, (time, window))
FROM drift
WHERE slice = '' AND (model, version) IN (SELECT model, assumeNotNull(version) FROM production)
GROUP BY model, version, feature

UNION ALL

SELECT
    'openAlerts',
    map('model', model, 'cause', cause, 'severity', severity),
    toFloat64(countIf(isOpen))
FROM
(
    SELECT DISTINCT toString(model) AS model, arrayJoin({causes:Array(String)}) AS cause,
        arrayJoin(['warning', 'critical']) AS severity, false AS isOpen
    FROM versions
    UNION ALL
    SELECT toString(model), toString(assumeNotNull(cause)), coalesce(toString(severity), 'warning'), true FROM alerts WHERE status = 'open'
)
GROUP BY model, cause, severity
