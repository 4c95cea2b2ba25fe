import { z } from 'zod';
import { filesIn, placeOf, safePath } from '../files.ts';
import type { AddEndpoint, Tracker } from '../protocol/endpoints.ts';
import { id, int, MLFLOW_LIMITS, ofRun, text } from '../protocol/values.ts';
import type { Run } from '../state/entities.ts';
import { runOf } from '../state/runs.ts';
import { runIdOf } from './runs.ts';

const MAX_EXPERIMENTS = 20;
const MAX_DATASETS = 1_000;
const CONTEXT = 'mlflow.data.context';

/** What MLflow's server says of itself: no workspaces, no uploads in parts, no traces. */
const SERVER_INFO = {
  store_type: 'SqlStore',
  ...{ workspaces_enabled: false, trace_archival_enabled: false, features_enabled: [] },
  ...{ multipart_uploads_enabled: false, multipart_downloads_enabled: false },
  ...{ presigned_upload_run_id_supported: false, presigned_upload_model_id_supported: false },
};

const NO_EXPERIMENT = 'SearchDatasets request must specify at least one experiment_id.';
const experiments = z
  .array(z.union([id, int.transform(String)]))
  .max(1_000)
  .default([])
  .refine((ids) => ids.length > 0, NO_EXPERIMENT)
  .refine(
    (ids) => ids.length <= MAX_EXPERIMENTS,
    `SearchDatasets request cannot specify more than ${MAX_EXPERIMENTS} experiment_ids.`,
  );

/** Files and datasets of runs, and what the server can do. */
export function addEndpoints(add: AddEndpoint, { log }: Tracker): void {
  add('GET', '/3.0/mlflow/server-info', z.object({}), () => SERVER_INFO);

  add(
    'GET',
    '/2.0/mlflow/artifacts/list',
    z.object({ ...ofRun, path: text(MLFLOW_LIMITS.path).default('') }),
    ({ path, ...run }) => {
      const { artifactUri } = runOf(log().state, runIdOf(run));
      const folder = safePath(path);
      const files = filesIn(log().state.files.get(placeOf(artifactUri)?.root ?? ''), folder);
      const below = folder === '' ? '' : `${folder}/`;
      return { root_uri: artifactUri, files: files.map((file) => ({ ...file, path: below + file.path })) };
    },
  );

  add(
    'POST',
    '/2.0/mlflow/experiments/search-datasets',
    z.object({ experiment_ids: experiments }),
    ({ experiment_ids }) => {
      const { experiments, runs } = log().state;
      const found = new Map<string, object>();
      for (const experimentId of new Set(experiment_ids))
        for (const runId of experiments.get(experimentId)?.runs ?? [])
          for (const summary of summariesOf(runs.get(runId))) {
            if (found.size < MAX_DATASETS) found.set(JSON.stringify(summary), summary);
          }
      return { dataset_summaries: [...found.values()] };
    },
    { role: 'viewer' },
  );
}

function summariesOf(run: Run | undefined): object[] {
  if (run?.lifecycle !== 'active') return [];
  return Array.from(run.datasets.values(), ({ name, digest, context }) => {
    const used = context.find(({ key }) => key === CONTEXT)?.value;
    return { experiment_id: run.experimentId, name, digest, ...(used !== undefined && { context: used }) };
  });
}
