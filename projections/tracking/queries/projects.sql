-- Projects, the one with the newest run first: those of tracking clients (their experiments), and those that a tag `project` of a training run names.
WITH
    tracked AS
    (
        SELECT
            anyIf(assumeNotNull(experiment_id), type = 'TrackedRunStarted') AS experiment_id,
            run_id,
            min(time) AS began,
            ifNull(argMaxIf(lifecycle, offset, isNotNull(lifecycle)), 'active') AS stage
        FROM tracked_run_steps
        GROUP BY run_id
    ),
    trained AS
    (
        SELECT assumeNotNull(value) AS project, count() AS tagged, max(requested_at) AS newest
        FROM run_tags
        INNER JOIN (SELECT run_id, coalesce(requested_at, started_at) AS requested_at FROM runs WHERE engine != 'mlflow') AS r USING (run_id)
        WHERE key = 'project'
        GROUP BY project
    ),
    named AS
    (
        SELECT experiment_id, assumeNotNull(name) AS name, ifNull(lifecycle, 'active') AS stage, created_at, created_by FROM tracked_experiments
        UNION ALL
        SELECT '0', 'Default', 'active', NULL, NULL WHERE (SELECT count() FROM tracked WHERE tracked.experiment_id = '0') > 0
    ),
    projects AS
    (
        SELECT experiment_id, name, stage, created_at, created_by FROM named
        UNION ALL
        SELECT '', project, 'active', NULL, NULL FROM trained WHERE project NOT IN (SELECT name FROM named)
    )
SELECT
    p.name AS project,
    p.experiment_id AS experimentId,
    p.stage AS lifecycle,
    t.tags AS tags,
    ifNull(c.runs, 0) + ifNull(o.tagged, 0) AS runs,
    greatest(ifNull(c.newest, toDateTime64(0, 3, 'UTC')), ifNull(o.newest, toDateTime64(0, 3, 'UTC'))) AS lastRunAt,
    p.created_at AS createdAt,
    p.created_by AS createdBy
FROM projects AS p
LEFT JOIN
(
    SELECT experiment_id, mapFromArrays(groupArray(key), groupArray(assumeNotNull(value))) AS tags
    FROM tracked_experiment_tags GROUP BY experiment_id
) AS t ON t.experiment_id = p.experiment_id
LEFT JOIN (SELECT experiment_id, count() AS runs, max(began) AS newest FROM tracked WHERE stage = 'active' GROUP BY experiment_id) AS c ON c.experiment_id = p.experiment_id
LEFT JOIN trained AS o ON o.project = p.name
WHERE p.name = coalesce({project:Nullable(String)}, p.name)
  AND ({lifecycle:Nullable(String)} IS NULL OR p.stage = {lifecycle:Nullable(String)})
ORDER BY lastRunAt DESC, project
LIMIT {limit:UInt32}
