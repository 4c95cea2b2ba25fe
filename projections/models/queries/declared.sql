-- The models as they are declared now, by name; of one model when it is named; `after`: the last one before.
SELECT found.*, elsewhere.environments AS environments
FROM
(
    SELECT declared.*, nullIf(served.version, '') AS production
    FROM
    (
        SELECT
            model,
            argMax(version, (declared_at, event_id))      AS version,
            argMax(task, (declared_at, event_id))         AS task,
            argMax(engine, (declared_at, event_id))       AS engine,
            argMax(parameters, (declared_at, event_id))   AS parameters,
            argMax(seed, (declared_at, event_id))         AS seed,
            argMax(owner, (declared_at, event_id))        AS owner,
            argMax(description, (declared_at, event_id))  AS description,
            argMax(intended_use, (declared_at, event_id)) AS intendedUse,
            argMax(limits, (declared_at, event_id))       AS limits,
            argMax(licence, (declared_at, event_id))      AS licence,
            argMax(file, (declared_at, event_id))         AS file,
            argMax(requested_by, (declared_at, event_id)) AS requestedBy,
            max(declared_at)                              AS declaredAt
        FROM model_declarations
        WHERE model = coalesce({model:Nullable(String)}, model)
          AND (empty({after:Array(String)}) OR model > {after:Array(String)}[1])
        GROUP BY model
        ORDER BY model
        LIMIT {limit:UInt32}
    ) AS declared
    LEFT JOIN
    (
        -- as `versions` has it, whose other columns cost more
        SELECT model, argMax(if(change = 'retired', '', assumeNotNull(version)), sequence) AS version
        FROM version_history
        WHERE change IN ('promoted', 'rolled_back', 'retired')
        GROUP BY model
    ) AS served ON declared.model = served.model
) AS found
LEFT JOIN
(
    SELECT model, mapFromArrays(groupArray(toString(environment)), groupArray(toString(version))) AS environments
    FROM
    (
        SELECT model, environment, argMax(version, sequence) AS version
        FROM deployment_history
        LEFT JOIN (SELECT model, max(time) AS retired_at FROM version_history WHERE change = 'retired' GROUP BY model)
            AS ended USING (model)
        WHERE change = 'completed' AND environment != 'production' AND strategy != 'shadow' AND time > retired_at
        GROUP BY model, environment
    )
    GROUP BY model
) AS elsewhere ON found.model = elsewhere.model
ORDER BY model
