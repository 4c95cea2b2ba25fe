import { z } from 'zod';
import { invalid } from '../errors.ts';
import { filesIn, placeOf, safePath } from '../files.ts';
import { jsonNumber } from '../protocol/answers.ts';
import type { AddEndpoint, Caller, Tracker } from '../protocol/endpoints.ts';
import { id, int, keyName, list, MLFLOW_LIMITS, ofRun, text } from '../protocol/values.ts';
import { runOf } from '../state/runs.ts';
import { runIdOf } from './runs.ts';

const one = z.object(ofRun);
const MAX_RUNS = 100;
const MAX_POINTS = 25_000;
const PROJECTION_TIMEOUT_MS = 10_000;

/** A value in the history of a metric, as the warehouse has it. */
interface Point {
  runId: string;
  value: number | null;
  special: string;
  timestamp: number;
  step: number;
}

/** What MLflow's server says of itself: no workspaces, no uploads in parts, no traces. */
const SERVER_INFO = {
  store_type: 'SqlStore',
  ...{ workspaces_enabled: false, trace_archival_enabled: false, features_enabled: [] },
  ...{ multipart_uploads_enabled: false, multipart_downloads_enabled: false },
  ...{ presigned_upload_run_id_supported: false, presigned_upload_model_id_supported: false },
};

/** Histories of metrics, files of runs, and what the server can do. */
export function addEndpoints(add: AddEndpoint, { context, log }: Tracker): void {
  add('GET', '/3.0/mlflow/server-info', z.object({}), () => SERVER_INFO);

  add(
    'GET',
    '/2.0/mlflow/artifacts/list',
    one.extend({ path: text(MLFLOW_LIMITS.path).default('') }),
    ({ path, ...run }) => {
      const { artifactUri } = runOf(log().state, runIdOf(run));
      const folder = safePath(path);
      const files = filesIn(log().state.files.get(placeOf(artifactUri)?.root ?? ''), folder);
      const below = folder === '' ? '' : `${folder}/`;
      return { root_uri: artifactUri, files: files.map((file) => ({ ...file, path: below + file.path })) };
    },
  );

  /** The values of a metric, when the warehouse has all that was logged of the runs. */
  async function history(
    runIds: readonly string[],
    wanted: { key: string; from?: number; to?: number; limit: number; after?: number },
    { signal }: Caller,
  ): Promise<Point[]> {
    const waits = AbortSignal.any([signal, AbortSignal.timeout(PROJECTION_TIMEOUT_MS)]);
    await Promise.all(runIds.map((runId) => log().projected(runId, waits)));
    const { key, from = null, to = null, limit, after = 0 } = wanted;
    return context.query<Point>('tracking/metric-history', { runIds, key, from, to, limit, after });
  }

  const pointAnswer = (key: string) => (point: Point) => ({
    key,
    value: point.value === null ? point.special : jsonNumber(point.value),
    timestamp: point.timestamp,
    step: point.step,
  });

  add(
    'GET',
    '/2.0/mlflow/metrics/get-history',
    one.extend({
      metric_key: keyName,
      max_results: int.default(MAX_POINTS),
      page_token: text(100).default('0'),
    }),
    async ({ metric_key: key, max_results, page_token, ...run }, caller) => {
      const { runId } = runOf(log().state, runIdOf(run));
      const after = Number(page_token || '0');
      if (!Number.isSafeInteger(after) || after < 0)
        throw invalid('Invalid page token: give back the one that the page before was answered with');
      const limit = Math.max(1, Math.min(max_results, MAX_POINTS));
      const points = await history([runId], { key, limit: limit + 1, after }, caller);
      return {
        metrics: points.slice(0, limit).map(pointAnswer(key)),
        ...(points.length > limit && { next_page_token: String(after + limit) }),
      };
    },
  );

  add(
    'GET',
    '/2.0/mlflow/metrics/get-history-bulk',
    z.object({
      run_id: list(id, MAX_RUNS, 'runs'),
      metric_key: keyName,
      max_results: int.default(MAX_POINTS),
    }),
    async ({ run_id, metric_key: key, max_results }, caller) => {
      const points = await history(run_id, { key, limit: Math.min(max_results, MAX_POINTS) }, caller);
      return { metrics: points.map((point) => ({ ...pointAnswer(key)(point), run_id: point.runId })) };
    },
  );

  add(
    'GET',
    '/2.0/mlflow/metrics/get-history-bulk-interval',
    z.object({
      run_ids: list(id, MAX_RUNS, 'runs'),
      metric_key: keyName,
      ...{ start_step: int.optional(), end_step: int.optional() },
      max_results: int.default(2_500),
    }),
    async ({ run_ids, metric_key: key, start_step, end_step, max_results }, caller) => {
      const most = Math.max(1, Math.min(max_results, 2_500));
      const range = {
        ...(start_step !== undefined && { from: start_step }),
        ...(end_step !== undefined && { to: end_step }),
      };
      const points = await history(run_ids, { key, limit: MAX_POINTS * 4, ...range }, caller);
      const metrics = run_ids.flatMap((runId) => {
        const own = points.filter((point) => point.runId === runId);
        return sampled(own, most).map((point) => ({ ...pointAnswer(key)(point), run_id: runId }));
      });
      return { metrics };
    },
  );
}

/** At most so many values, evenly from the first to the last. */
function sampled(points: readonly Point[], most: number): Point[] {
  if (points.length <= most) return [...points];
  const every = (points.length - 1) / Math.max(1, most - 1);
  return Array.from({ length: most }, (_, i) => points[Math.round(i * every)]!);
}
