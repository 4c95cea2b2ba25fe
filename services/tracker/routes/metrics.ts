import { z } from 'zod';
import { invalid } from '../errors.ts';
import { jsonNumber } from '../protocol/answers.ts';
import type { AddEndpoint, Caller, Tracker } from '../protocol/endpoints.ts';
import { id, int, keyName, ofRun, text } from '../protocol/values.ts';
import { runOf } from '../state/runs.ts';
import { runIdOf } from './runs.ts';

const MAX_RUNS = 100;
const MAX_POINTS = 25_000;
/** a chart of MLflow's pages has no more points than that */
const MAX_STEPS = 2_500;
const PROJECTION_TIMEOUT_MS = 10_000;

/** A value in the history of a metric, as the warehouse has it. */
interface Point {
  runId: string;
  value: number | null;
  special: string;
  timestamp: number;
  step: number;
}

const pointAnswer =
  (key: string) =>
  ({ value, special, timestamp, step }: Point) => ({
    key,
    value: value === null ? special : jsonNumber(value),
    timestamp,
    step,
  });

const pointOfRun =
  (key: string) =>
  (point: Point): object => ({ ...pointAnswer(key)(point), run_id: point.runId });

const runs = (request: string, none: string) =>
  z
    .array(id)
    .max(1_000)
    .default([])
    .refine((ids) => ids.length > 0, none)
    .refine((ids) => ids.length <= MAX_RUNS, `${request} ${MAX_RUNS} run_ids.`);

const bulk = z.object({
  run_id: runs(
    'GetMetricHistoryBulk request cannot specify more than',
    'GetMetricHistoryBulk request must specify at least one run_id.',
  ),
  metric_key: keyName.optional(),
  max_results: int.default(MAX_POINTS),
});

const interval = z.object({
  run_ids: runs(
    'GetMetricHistoryBulkInterval request must specify at most',
    "Missing value for required parameter 'run_ids'.",
  ),
  metric_key: text(250).min(1, "Missing value for required parameter 'metric_key'.").pipe(keyName),
  ...{ start_step: int.optional(), end_step: int.optional() },
  max_results: int
    .default(MAX_STEPS)
    .refine((value) => value >= 1 && value <= MAX_STEPS, `max_results must be between 1 and ${MAX_STEPS}.`),
});

/** Histories of metrics. */
export function addEndpoints(add: AddEndpoint, { context, log }: Tracker): void {
  /** When the warehouse has all that was logged of the runs. */
  async function points(
    name: string,
    params: { runIds: readonly string[]; key: string; limit: number; [other: string]: unknown },
    { signal }: Caller,
  ): Promise<Point[]> {
    const waits = AbortSignal.any([signal, AbortSignal.timeout(PROJECTION_TIMEOUT_MS)]);
    await Promise.all(params.runIds.map((runId) => log().projected(runId, waits)));
    return context.query<Point>(`tracking/${name}`, { from: null, to: null, ...params });
  }

  add(
    'GET',
    '/2.0/mlflow/metrics/get-history',
    z.object({
      ...ofRun,
      metric_key: keyName,
      max_results: int.default(MAX_POINTS),
      page_token: text(100).default('0'),
    }),
    async ({ metric_key: key, max_results, page_token, ...run }, caller) => {
      const { runId } = runOf(log().state, runIdOf(run));
      const after = Number(page_token || '0');
      if (!Number.isSafeInteger(after) || after < 0)
        throw invalid(
          'Invalid page token, could not base64-decode: give back the one that the page before was answered with',
        );
      const limit = Math.max(1, Math.min(max_results, MAX_POINTS));
      const found = await points('metric-history', { runIds: [runId], key, limit: limit + 1, after }, caller);
      return {
        metrics: found.slice(0, limit).map(pointAnswer(key)),
        ...(found.length > limit && { next_page_token: String(after + limit) }),
      };
    },
  );

  add(
    'GET',
    '/2.0/mlflow/metrics/get-history-bulk',
    bulk,
    async ({ run_id: runIds, metric_key: key, max_results }, caller) => {
      if (key === undefined) throw invalid('GetMetricHistoryBulk request must specify a metric_key.');
      const limit = Math.max(1, Math.min(max_results, MAX_POINTS));
      const found = await points('metric-history', { runIds, key, limit, after: 0 }, caller);
      return { metrics: found.map(pointOfRun(key)) };
    },
  );

  add(
    'GET',
    '/2.0/mlflow/metrics/get-history-bulk-interval',
    interval,
    async ({ run_ids: runIds, metric_key: key, start_step, end_step, max_results: most }, caller) => {
      const [from, to] = [start_step ?? null, end_step ?? null];
      if ((from === null) !== (to === null))
        throw invalid('If either start step or end step are specified, both must be specified.');
      if (from !== null && to !== null && from > to)
        throw invalid(
          `end_step must be greater than start_step. Found start_step=${from} and end_step=${to}.`,
        );
      const asked = { runIds, key, from, to, most, limit: MAX_POINTS * 4 };
      return { metrics: (await points('metric-history-sampled', asked, caller)).map(pointOfRun(key)) };
    },
  );
}
