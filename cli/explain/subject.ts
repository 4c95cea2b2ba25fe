import type { Config } from '../../infra/config/schema.ts';
import { startInference } from '../../infra/inference/inference.ts';
import { getBundle } from '../../kernel/bundle.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { decodeDataset } from '../../ml/dataset/read.ts';
import type { BlackBox } from '../../ml/explain/black-box.ts';
import { explainerOf } from '../../ml/explain/explainer.ts';
import type { MarginExplainer } from '../../ml/explain/explanation.ts';
import { type OpenPackage, openPackage } from '../../ml/package/open.ts';
import { type ModelPackage, validatePackage } from '../../ml/package/validate.ts';
import type { Example } from '../../ml/problem.ts';
import { readModel } from '../../operations/production.ts';
import type { Store } from '../../operations/session.ts';
import { predictAll } from '../../services/evaluator/measure.ts';
import { noVersion } from '../listing.ts';
import { createLogger } from '../logger.ts';
import { withStore } from '../store.ts';

/** More rows of a reference say no more. */
const MAX_REFERENCE = 2_000;

/** A version that is explained. */
export interface Subject extends BlackBox {
  readonly model: string;
  readonly version: string;
  readonly opened: OpenPackage;
  /** of the dataset it was trained on, evenly chosen; none where the log does not have it */
  examples(split: 'train' | 'test', most?: number): Promise<Example[]>;
  /** undefined where only its answers can be looked at */
  explainer(): Promise<MarginExplainer | undefined>;
}

/** Runs a command on a version of a model, by default the one in production; its package is loaded here. NOT_FOUND, PACKAGE_INVALID. */
export function withSubject<T>(
  config: Config,
  { model, version }: { model: string; version: string | undefined },
  command: (subject: Subject, store: Store) => Promise<T>,
): Promise<T> {
  return withStore(config, async (store) => {
    const { versions, production } = await readModel(store.events, model);
    const found = version === undefined ? production?.data : versions.get(version)?.data;
    if (!found && version !== undefined) throw noVersion(model, version, versions.keys());
    if (!found)
      throw new EpochlogError(
        'NOT_FOUND',
        `no version of ${model} is in production: name one with --version (${[...versions.keys()].join(', ') || 'none yet'})`,
      );
    const files = await getBundle(store.artifacts, found.package);
    const inference = startInference({ logger: createLogger(config.logLevel), processes: 1 });
    try {
      const opened = openPackage(files);
      const session = await inference.open(opened.onnx);
      const examples = exampleReader(store, opened);
      return await command(
        {
          model,
          version: found.version,
          opened,
          task: opened.task,
          schema: opened.schema,
          score: (instances) =>
            predictAll(
              opened,
              session,
              instances.map((instance) => ({ instance })),
            ),
          examples,
          explainer: () => explainerWith(validatePackage(files), examples),
        },
        store,
      );
    } finally {
      await inference.close();
    }
  });
}

/** Trees have a base that is their mean over instances: without any there is none. */
async function explainerWith(
  pkg: ModelPackage,
  examples: Subject['examples'],
): Promise<MarginExplainer | undefined> {
  const reference = pkg.metadata.engine === 'trees' ? await examples('train') : [];
  if (pkg.metadata.engine === 'trees' && reference.length === 0) return undefined;
  return explainerOf(
    pkg,
    reference.map(({ instance }) => instance),
  );
}

const exampleReader =
  ({ events, artifacts }: Store, { trainedOn }: OpenPackage): Subject['examples'] =>
  async (split, most = MAX_REFERENCE) => {
    for await (const { data } of events.scan(['DatasetSealed'])) {
      if (data.contentHash !== trainedOn) continue;
      const { samples } = await decodeDataset(await artifacts.get(data.artifact), [split]);
      return evenly(samples, most);
    }
    return [];
  };

/** At most so many, evenly spread. */
function evenly<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_, at) => items[Math.floor((at * items.length) / most)]!);
}
