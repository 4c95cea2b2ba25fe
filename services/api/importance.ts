import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { getBundle } from '../../kernel/bundle.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { decodeDataset } from '../../ml/dataset/read.ts';
import { InvalidInput, InvalidPackage } from '../../ml/errors.ts';
import { explainerOf } from '../../ml/explain/explainer.ts';
import type { MarginExplainer } from '../../ml/explain/explanation.ts';
import { featureImportance } from '../../ml/explain/importance.ts';
import { openPackage } from '../../ml/package/open.ts';
import { validatePackage } from '../../ml/package/validate.ts';
import type { Example } from '../../ml/problem.ts';
import type { Importance } from '../../ml/report/subject.ts';
import type { ServiceContext } from '../../schemas/catalogue.ts';

/** Instances whose exact explanations are averaged, and rows that the base of trees is a mean over. */
const EXPLAINED = 100;
const MAX_REFERENCE = 2_000;
const MAX_KEPT = 100;

type Context = Pick<ServiceContext, 'artifacts' | 'events'>;

/**
 * What matters to packages, from exact explanations of samples of the test split: a package never changes, so each is looked at
 * once. Null where its engine has none, its dataset is not in this log, or the
 * package cannot be read.
 */
export class Importances {
  readonly #context: Context;
  /** by digest of the package */
  readonly #kept = new LRUCache<string, { readonly found: Importance | null }>({ max: MAX_KEPT });

  constructor(context: Context) {
    this.#context = context;
  }

  async of(digest: string): Promise<Importance | null> {
    const known = this.#kept.get(digest);
    if (known) return known.found;
    const found = await importanceOf(digest, this.#context).catch((error: unknown) => {
      if (isOfPackage(error)) return null; // what is known of it is told all the same
      throw error;
    });
    this.#kept.set(digest, { found });
    return found;
  }
}

/** Whether a package or its dataset is missing, damaged or not understood. */
const isOfPackage = (error: unknown): boolean =>
  error instanceof InvalidPackage ||
  error instanceof InvalidInput ||
  (error instanceof EpochlogError && !error.retriable);

async function importanceOf(digest: string, context: Context): Promise<Importance | null> {
  const files = await getBundle(context.artifacts, digest);
  const pkg = validatePackage(files);
  const { task, trainedOn } = openPackage(files);
  const examples = await samplesOf(trainedOn, 'test', EXPLAINED, context);
  if (examples.length === 0) return null;
  const isOfTrees = pkg.metadata.engine === 'trees';
  const reference = isOfTrees ? await samplesOf(trainedOn, 'train', MAX_REFERENCE, context) : [];
  const explainer = explainerOf(
    pkg,
    reference.map(({ instance }) => instance),
  );
  if (!explainer) return null;
  const margins = new Map<Example['instance'], ReturnType<MarginExplainer['marginsOf']>>();
  for (const { instance } of examples) {
    margins.set(instance, explainer.marginsOf(instance));
    await yieldToEventLoop(); // of trees each takes some ms
  }
  const counted: MarginExplainer = { ...explainer, marginsOf: (instance) => margins.get(instance)! };
  return { features: featureImportance(counted, task, examples), fields: [] };
}

/** At most so many samples of the dataset that a package was trained on, evenly spread. */
async function samplesOf(
  contentHash: string | undefined,
  split: 'train' | 'test',
  most: number,
  { events, artifacts }: Context,
): Promise<readonly Example[]> {
  for await (const { data } of events.scan(['DatasetSealed'])) {
    if (data.contentHash !== contentHash) continue;
    const { samples } = await decodeDataset(await artifacts.get(data.artifact), [split]);
    if (samples.length <= most) return samples;
    return Array.from({ length: most }, (_, at) => samples[Math.floor((at * samples.length) / most)]!);
  }
  return [];
}
