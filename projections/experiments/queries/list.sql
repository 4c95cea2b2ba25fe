-- The experiments that were started, the newest first.
SELECT *
FROM
(
    SELECT
        experiment_id                                                      AS experimentId,
        anyIf(model, change = 'started')                                   AS model,
        multiIf(countIf(change = 'stopped') > 0, 'stopped', countIf(change = 'concluded') > 0, 'concluded', 'running') AS state,
        argMaxIf(verdict, sequence, change IN ('analysed', 'concluded'))   AS verdict,
        argMaxIf(winner, sequence, change IN ('analysed', 'concluded'))    AS winner,
        anyIf(arms, change = 'started')                                    AS arms,
        anyIf(traffic, change = 'started')                                 AS traffic,
        countIf(change = 'analysed')                                       AS analyses,
        argMaxIf(arrayMap(count -> count.units, counts), sequence, change = 'analysed') AS units,
        minIf(instant, change = 'started')                                 AS startedAt,
        maxOrNullIf(instant, change IN ('concluded', 'stopped'))           AS endedAt,
        argMaxIf(reason, sequence, change IN ('concluded', 'stopped'))     AS reason,
        anyIf(requested_by, change = 'started')                            AS requestedBy
    FROM experiment_history
    GROUP BY experiment_id
    HAVING countIf(change = 'started') > 0
)
WHERE ({model:Nullable(String)} IS NULL OR model = {model:Nullable(String)})
  AND ({state:Nullable(String)} IS NULL OR state = {state:Nullable(String)})
  AND (empty({after:Array(String)})
       OR (startedAt, experimentId) < (parseDateTime64BestEffortOrZero({after:Array(String)}[1], 3, 'UTC'), {after:Array(String)}[2]))
ORDER BY startedAt DESC, experimentId DESC
LIMIT {limit:UInt32}
