import type { Config } from '../../infra/config/schema.ts';
import { startInference } from '../../infra/inference/inference.ts';
import { policyOf } from '../../operations/declared.ts';
import { readModel } from '../../operations/production.ts';
import type { Store } from '../../operations/session.ts';
import { loadModel, type ServedModel } from '../../services/predictor/served-model.ts';
import { noVersion } from '../listing.ts';
import { createLogger } from '../logger.ts';
import { withStore } from '../store.ts';
import type { Answer, Prediction } from './answer.ts';
import type { Asked } from './instances.ts';

/** Somebody waits for the answer, and may interrupt it. */
const SETTINGS = { maxBatch: 64, batchWaitMs: 0, timeoutMs: 600_000 };

/** Answers a batch of instances. */
export type Ask = (instances: readonly Asked[]) => Promise<Answer>;

/**
 * Runs a command that asks a version which is registered, and need not be served: its package is loaded here, and no
 * event is written. NOT_FOUND for an unknown version, PACKAGE_INVALID for one that cannot be served.
 */
export function withVersion<T>(
  config: Config,
  model: string,
  version: string,
  command: (ask: Ask, store: Store) => Promise<T>,
): Promise<T> {
  return withStore(config, async (store) => {
    const { versions, production } = await readModel(store.events, model);
    const registered = versions.get(version)?.data;
    if (!registered) throw noVersion(model, version, versions.keys());
    const { unsureBelow } = (await policyOf(store.events, model)).serving;
    const inference = startInference({ logger: createLogger(config.logLevel), processes: 1 });
    try {
      const loaded = await loadModel(registered, { artifacts: store.artifacts, inference }, SETTINGS);
      const decidedVersion = production?.data.version ?? null;
      const ask: Ask = async (instances) => ({
        model,
        version,
        decidedVersion,
        recorded: false,
        ...(loaded.task.type === 'regression' && loaded.task.unit && { unit: loaded.task.unit }),
        predictions: await predictionsOf(instances, loaded, unsureBelow),
      });
      return await command(ask, store);
    } finally {
      await inference.close();
    }
  });
}

async function predictionsOf(
  asked: readonly Asked[],
  model: ServedModel,
  unsureBelow: number,
): Promise<Prediction[]> {
  const predictions = await model.predict(asked.map(({ instance }) => model.validate(instance)));
  return predictions.map(({ label, labels, value, confidence, scores }, i) => ({
    ...(asked[i]?.id !== undefined && { id: asked[i].id }),
    ...(label === null || confidence === null
      ? { value: value ?? Number.NaN }
      : {
          ...{ label, confidence, unsure: confidence < unsureBelow, probabilities: scores },
          ...(labels && { labels: labels.map((name) => ({ label: name, probability: scores[name]! })) }),
        }),
  }));
}

/** Whether a version is the one in production, which the predictor answers with. */
export const isInProduction = (config: Config, model: string, version: string): Promise<boolean> =>
  withStore(
    config,
    async ({ events }) => (await readModel(events, model)).production?.data.version === version,
  );
