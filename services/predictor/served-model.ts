import { getBundle } from '../../kernel/bundle.ts';
import { EpochlogError, isFinal, messageOf } from '../../kernel/errors.ts';
import type { InferenceSession } from '../../kernel/ports/inference.ts';
import type { MonitoredFeatures } from '../../ml/adapters/adapter.ts';
import { InvalidInput, InvalidPackage } from '../../ml/errors.ts';
import type { Instance } from '../../ml/instance/schema.ts';
import { argmaxRows, type DenseMatrix } from '../../ml/matrix.ts';
import { type OpenPackage, openPackage } from '../../ml/package/open.ts';
import type { ServiceContext } from '../../schemas/catalogue.ts';
import type { ProductionVersion } from '../../schemas/models/production.ts';
import { Batcher } from './batcher.ts';

/** Preparing so many takes about 20 ms, during which the process answers nothing else. */
const BATCH_CHARACTERS = 50_000;

export interface Prediction {
  label: string;
  confidence: number;
  /** in the order of the model's labels */
  probabilities: Float32Array | Float64Array;
  /** of the instance */
  monitored: MonitoredFeatures;
}

type ServedVersion = Pick<ProductionVersion, 'model' | 'version' | 'package'>;

/** A version that answers. */
export interface ServedModel extends ServedVersion {
  labels: readonly string[];
  /** INPUT_INVALID, naming the field, unless it is an instance as the model takes them. */
  validate(raw: unknown): Instance;
  /** Of valid instances; those of concurrent calls run together. */
  predict(instances: readonly Instance[]): Promise<Prediction[]>;
  /** A real run, of an instance that came with the model. */
  probe(): Promise<void>;
  /** Answers what it was asked, then gives its memory back. */
  retire(): Promise<void>;
}

/**
 * Loads a version, and lets it score its example pairs, which also warms it up. PACKAGE_INVALID when it cannot be
 * served, whatever the cause is, unless that may pass.
 */
export async function loadModel(
  production: ServedVersion,
  { artifacts, inference }: Pick<ServiceContext, 'artifacts' | 'inference'>,
  maxBatch: number,
): Promise<ServedModel> {
  try {
    const opened = openPackage(await getBundle(artifacts, production.package));
    const labels = labelsOf(opened);
    const session = await inference.open(opened.onnx);
    await opened.checkExamples(session.run).catch(async (error: unknown) => {
      await session.close();
      throw error;
    });
    return served(production, { ...opened, labels }, session, maxBatch);
  } catch (error) {
    if (!isFinal(error) && !(error instanceof InvalidPackage)) throw error;
    const { model, version, package: digest } = production;
    throw new EpochlogError(
      'PACKAGE_INVALID',
      `${version} of ${model} cannot be served, its package ${digest} is not usable: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/** What the predictor serves so far are classifiers. */
function labelsOf({ task }: OpenPackage): readonly string[] {
  if (task.type === 'classification') return task.labels;
  throw new EpochlogError('PACKAGE_INVALID', `a ${task.type} cannot be served yet`);
}

type Classifier = OpenPackage & { labels: readonly string[] };

function served(
  production: ServedVersion,
  opened: Classifier,
  session: InferenceSession,
  maxBatch: number,
): ServedModel {
  const batcher = new Batcher((instances: readonly Instance[]) => run(opened, session, instances), {
    maxItems: maxBatch,
    maxWeight: BATCH_CHARACTERS,
    weightOf: charactersOf,
  });
  const asked = new Set<Promise<unknown>>();
  return {
    ...production,
    labels: opened.labels,

    validate(raw) {
      try {
        return opened.validate(raw);
      } catch (error) {
        if (!(error instanceof InvalidInput)) throw error;
        throw new EpochlogError('INPUT_INVALID', error.message, { cause: error });
      }
    },

    async predict(instances) {
      const predictions = Promise.all(instances.map((instance) => batcher.submit(instance)));
      asked.add(predictions);
      try {
        return await predictions;
      } finally {
        asked.delete(predictions);
      }
    },

    async probe() {
      await this.predict([opened.examples[0]!.instance]);
    },

    async retire() {
      await Promise.allSettled(asked);
      await session.close();
    },
  };
}

/** A batch is limited by its texts, which take the most time to prepare. */
const charactersOf = (instance: Instance): number =>
  Object.values(instance).reduce<number>(
    (sum, value) => sum + (typeof value === 'string' ? value.length : 1),
    0,
  );

async function run(
  opened: Classifier,
  session: InferenceSession,
  valid: readonly Instance[],
): Promise<Prediction[]> {
  const instances = valid.map((instance) => opened.clean(instance));
  const outputs = session.run(opened.inputsOf(instances));
  const monitored = instances.map((instance) => opened.monitoredOf(instance)); // while the graph runs
  return predictionsOf(opened.scoresOf(await outputs), opened.labels, monitored);
}

function predictionsOf(
  matrix: DenseMatrix,
  labels: readonly string[],
  monitored: readonly MonitoredFeatures[],
): Prediction[] {
  return Array.from(argmaxRows(matrix), (best, row) => {
    const probabilities = matrix.values.subarray(row * matrix.columns, (row + 1) * matrix.columns);
    return {
      label: labels[best]!,
      confidence: probabilities[best]!,
      probabilities,
      monitored: monitored[row]!,
    };
  });
}
