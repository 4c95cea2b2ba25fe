import { getBundle } from '../../kernel/bundle.ts';
import { EpochlogError, isFinal, messageOf } from '../../kernel/errors.ts';
import type { InferenceSession } from '../../kernel/ports/inference.ts';
import type { MonitoredFeatures } from '../../ml/adapters/adapter.ts';
import { InvalidInput, InvalidPackage } from '../../ml/errors.ts';
import type { Instance, InstanceSchema } from '../../ml/instance/schema.ts';
import { argmaxRows, type DenseMatrix } from '../../ml/matrix.ts';
import { type OpenPackage, openPackage } from '../../ml/package/open.ts';
import type { LearningProblem } from '../../ml/problem.ts';
import type { ServiceContext } from '../../schemas/catalogue.ts';
import type { ProductionVersion } from '../../schemas/models/production.ts';
import { Batcher } from './batcher.ts';

/** Preparing so many takes about 20 ms, during which the process answers nothing else. */
const BATCH_CHARACTERS = 50_000;

/** A label with its confidence, or a number. */
export interface Prediction {
  label: string | null;
  value: number | null;
  confidence: number | null;
  /** the probability of each label */
  scores: Readonly<Record<string, number>>;
  /** of the instance */
  monitored: MonitoredFeatures;
}

type ServedVersion = Pick<ProductionVersion, 'model' | 'version' | 'package'>;

/** A version that answers. */
export interface ServedModel extends ServedVersion {
  task: LearningProblem;
  /** the fields of its instances */
  schema: InstanceSchema;
  /** size of its package */
  bytes: number;
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
    const files = await getBundle(artifacts, production.package);
    const opened = openPackage(files);
    const session = await inference.open(opened.onnx);
    await opened.checkExamples(session.run).catch(async (error: unknown) => {
      await session.close();
      throw error;
    });
    const bytes = [...files.values()].reduce((sum, file) => sum + file.byteLength, 0);
    return served(production, opened, session, maxBatch, bytes);
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

function served(
  production: ServedVersion,
  opened: OpenPackage,
  session: InferenceSession,
  maxBatch: number,
  bytes: number,
): ServedModel {
  const batcher = new Batcher((instances: readonly Instance[]) => run(opened, session, instances), {
    maxItems: maxBatch,
    maxWeight: BATCH_CHARACTERS,
    weightOf: charactersOf,
  });
  const asked = new Set<Promise<unknown>>();
  return {
    ...production,
    bytes,
    task: opened.task,
    schema: opened.schema,

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
        return (await predictions).map(assertFinite);
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
  opened: OpenPackage,
  session: InferenceSession,
  valid: readonly Instance[],
): Promise<Prediction[]> {
  const instances = valid.map((instance) => opened.clean(instance));
  const outputs = session.run(opened.inputsOf(instances));
  const monitored = instances.map((instance) => opened.monitoredOf(instance)); // while the graph runs
  const scores = opened.scoresOf(await outputs);
  return instances.map((_, row) => ({ ...answerIn(scores, row, opened.task), monitored: monitored[row]! }));
}

function answerIn(
  { columns, values }: DenseMatrix,
  row: number,
  task: LearningProblem,
): Omit<Prediction, 'monitored'> {
  const own = values.subarray(row * columns, (row + 1) * columns);
  if (task.type === 'regression') return { label: null, value: own[0]!, confidence: null, scores: {} };
  const [best] = argmaxRows({ rows: 1, columns, values: own });
  return {
    label: task.labels[best!]!,
    value: null,
    confidence: own[best!]!,
    scores: Object.fromEntries(task.labels.map((label, column) => [label, own[column]!])),
  };
}

/** A number of an instance may be valid and yet too large for the graph. */
function assertFinite(prediction: Prediction): Prediction {
  const answer = prediction.value ?? prediction.confidence;
  if (Number.isFinite(answer)) return prediction;
  throw new EpochlogError(
    'INPUT_INVALID',
    `the model answers ${answer}: is a number of the instance too large?`,
  );
}
