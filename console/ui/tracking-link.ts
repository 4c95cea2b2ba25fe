import { ask as askServer } from './api.ts';
import { urlOf } from './router.ts';

const LINK = /^#\/experiments\/([^/?]+)(?:\/runs\/([^/?]+))?/;

/**
 * The page that a link means which a client of MLflow prints, `#/experiments/ID/runs/RUN`: the run, or the runs of the
 * project. Undefined for the fragment of any other address.
 */
export async function urlOfTracked(hash: string, ask = askServer): Promise<string | undefined> {
  const [, experiment, run] = LINK.exec(hash) ?? [];
  if (run !== undefined) return urlOf(`/runs/${run}`);
  if (experiment === undefined) return undefined;
  const path = `/api/2.0/mlflow/experiments/get?experiment_id=${experiment}`;
  const found = await ask<{ experiment: { name: string } }>(path).catch(() => undefined); // the page says what is wrong
  return urlOf('/runs', { project: found?.experiment.name });
}
