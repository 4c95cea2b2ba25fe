// The questions of test/bench/warehouse.ts.

import { namedQueries } from '../../../infra/warehouse/named.ts';
import { PROJECTIONS } from '../../../infra/warehouse/projections.ts';
import type { QueryLimits, Warehouse } from '../../../kernel/ports/warehouse.ts';
import { DEPLOYMENT, EXPERIMENT, MODEL, SINCE, UNTIL } from './rows.ts';

/** Of SQL of users. */
const USER: QueryLimits = { seconds: 60, resultRows: 10_000, memoryBytes: 200_000_000 };

export interface Question {
  what: string;
  ask(): Promise<readonly object[]>;
}

const ALL = {
  model: MODEL,
  version: null,
  variant: null,
  route: null,
  environment: 'production',
  from: null,
  to: null,
};
const DAY = { from: '2026-02-01T00:00:00Z', to: '2026-02-02T00:00:00Z' };
/** A month whose ends are within an hour. */
const MONTH = { from: '2026-01-15T10:17:00Z', to: '2026-02-15T10:43:00Z' };
const LIST = { ...ALL, task: null, label: null, instanceId: null, limit: 50 };
const ARMS = { experimentId: EXPERIMENT, model: MODEL, since: String(SINCE), own: '[]', until: UNTIL };

/** By name, each with a named query and its parameters. */
const NAMED: readonly (readonly [what: string, query: string, params: object])[] = [
  ['percentiles and errors by version', 'latency/percentiles', { ...ALL, by: ['version'], limit: 50 }],
  ['by version, route, day', 'latency/percentiles', { ...ALL, by: ['version', 'route', 'day'], limit: 500 }],
  ['of a month and some minutes', 'latency/percentiles', { ...ALL, ...MONTH, by: ['version'], limit: 50 }],
  ['of a day by minute', 'latency/percentiles', { ...ALL, ...DAY, by: ['version', 'minute'], limit: 5000 }],
  ['quality with late outcomes, all', 'quality/by-version', { ...ALL, limit: 50 }],
  ['of a month and some minutes', 'quality/by-version', { ...ALL, ...MONTH, limit: 50 }],
  ['of a day', 'quality/by-version', { ...ALL, ...DAY, limit: 50 }],
  ['an A/B analysis, half of the rows', 'experiments/arms', { ...ARMS, adjusts: 0 }],
  ['adjusted for the month before', 'experiments/arms', { ...ARMS, adjusts: 1 }],
  ['a stage of a canary, 5 %', 'deployments/arms', { deploymentId: DEPLOYMENT, stage: 2, until: UNTIL }],
  [
    'the guard of production, a day',
    'deployments/guard',
    { model: MODEL, version: 'v2.0.0', since: Date.parse('2026-02-28'), until: UNTIL },
  ],
  ['the newest', 'predictions/list', LIST],
  ['the newest with an outcome', 'predictions/by-outcome', { ...LIST, labelled: true }],
  ['the newest without one', 'predictions/by-outcome', { ...LIST, labelled: false }],
  [
    'of an instance without one',
    'predictions/by-outcome',
    { ...LIST, labelled: false, instanceId: 'flight-3000' },
  ],
  ['of one instance', 'predictions/list', { ...LIST, instanceId: 'flight-3000' }],
];

/** Other questions, in SQL of a user. */
const SQL: readonly (readonly [what: string, sql: string])[] = [
  [
    'percentiles from single rows, to compare',
    'SELECT version, quantilesDD(0.01, 0.5, 0.95, 0.99)(latency_ms) FROM predictions GROUP BY version',
  ],
  ['PSI of labels, month beside month', psi('label', 'item')],
  ['PSI of confidence in hundredths', psi('confidence', 'bucket')],
  ['PSI of a feature in deciles, single rows', psiOfFeature("JSONExtractFloat(features, 'distance')")],
  ['one prediction by its request', 'SELECT * FROM predictions WHERE request_id = {request:String}'],
];

/** All questions; those by request ask for one of them. */
export async function questionsOf(warehouse: Warehouse): Promise<Question[]> {
  const query = await namedQueries(warehouse, PROJECTIONS);
  const [row] = await warehouse.query<{ request: string }>(
    'SELECT request_id AS request FROM predictions LIMIT 1 OFFSET 12345',
  );
  return [
    ...NAMED.map(([what, name, params]) => ({
      what: `${name}: ${what}`,
      ask: () => query<object>(name, { ...params }),
    })),
    ...SQL.map(([what, sql]) => ({
      what: `SQL: ${what}`,
      ask: () => warehouse.query<object>(sql, { ...row }, USER),
    })),
  ];
}

function psi(measure: string, by: string): string {
  return `
  SELECT sum((p - q) * log(p / q)) AS psi FROM
  (
    SELECT (sumIf(n, minute < '2026-01-31') + 0.5) / (sum(sumIf(n, minute < '2026-01-31')) OVER () + 0.5) AS q,
      (sumIf(n, minute >= '2026-01-31') + 0.5) / (sum(sumIf(n, minute >= '2026-01-31')) OVER () + 0.5) AS p
    FROM prediction_minutes WHERE measure = '${measure}' AND model = '${MODEL}' GROUP BY ${by}
  )`;
}

function psiOfFeature(feature: string): string {
  return `
  WITH (SELECT quantilesTDigest(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)(${feature}) FROM predictions WHERE served_at < '2026-01-04') AS edges
  SELECT sum((p - q) * log(p / q)) AS psi FROM
  (
    SELECT countIf(served_at < '2026-01-31') / sum(countIf(served_at < '2026-01-31')) OVER () AS q,
      countIf(served_at >= '2026-01-31') / sum(countIf(served_at >= '2026-01-31')) OVER () AS p
    FROM predictions GROUP BY arrayCount(edge -> edge <= ${feature}, edges)
  )`;
}
