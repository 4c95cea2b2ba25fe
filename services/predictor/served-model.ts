import { getBundle } from '../../kernel/bundle.ts';
import { EpochlogError, isFinal, messageOf } from '../../kernel/errors.ts';
import type { Session } from '../../kernel/ports/inference.ts';
import { answersTo, confidencesIn } from '../../ml/answers.ts';
import { InvalidInput, InvalidPackage } from '../../ml/errors.ts';
import type { Instance, InstanceSchema } from '../../ml/instance/schema.ts';
import { validInstance } from '../../ml/instance/validate.ts';
import { labelsIn } from '../../ml/label-sets.ts';
import type { DenseMatrix } from '../../ml/matrix.ts';
import { type ModelPackage, validatePackage } from '../../ml/package/validate.ts';
import type { LearningProblem } from '../../ml/problem.ts';
import type { ServiceContext } from '../../schemas/catalogue.ts';
import type { ProductionVersion } from '../../schemas/models/production.ts';
import { Batcher, type BatchLimits } from './batcher.ts';
import { assertFinite } from './finite.ts';
import type { Prediction } from './prediction.ts';
import type { Scored } from './scoring.ts';
import type { PredictorSettings } from './settings.ts';

const SCORING = new URL('./scoring.ts', import.meta.url);
/** Preparing so many takes about 20 ms, during which the inference process answers nothing else. */
const BATCH_CHARACTERS = 50_000;

type Scoring = Session<readonly Instance[], Scored>;
type BatchSettings = Pick<PredictorSettings, 'maxBatch' | 'batchWaitMs' | 'timeoutMs'>;
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
  /** Of valid instances; those of concurrent calls run together. INFERENCE_TIMEOUT when that takes too long. */
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
  settings: BatchSettings,
): Promise<ServedModel> {
  try {
    const files = await getBundle(artifacts, production.package);
    const valid = validatePackage(files);
    const session: Scoring = await inference.load(SCORING, files);
    const bytes = [...files.values()].reduce((sum, file) => sum + file.byteLength, 0);
    return served(production, valid, session, settings, bytes);
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
  { signature, examples }: ModelPackage,
  session: Scoring,
  { maxBatch, batchWaitMs, timeoutMs }: BatchSettings,
  bytes: number,
): ServedModel {
  const { task, instance: schema } = signature;
  const run = async (instances: readonly Instance[]): Promise<Prediction[]> => {
    const { scores, monitored } = await session.run(instances);
    return monitored.map((features, row) => ({ ...answerIn(scores, row, task), monitored: features }));
  };
  const limits: BatchLimits<Instance> = {
    maxItems: maxBatch,
    maxWeight: BATCH_CHARACTERS,
    weightOf: charactersOf,
    waitMs: batchWaitMs,
    timeoutMs,
  };
  const batcher = new Batcher(run, limits);
  const asked = new Set<Promise<unknown>>();
  return {
    ...production,
    bytes,
    task,
    schema,

    validate(raw) {
      try {
        return validInstance(schema, raw);
      } catch (error) {
        if (!(error instanceof InvalidInput)) throw error;
        throw new EpochlogError('INPUT_INVALID', error.message, { cause: error });
      }
    },

    async predict(instances) {
      const predictions = Promise.all(instances.map((instance) => batcher.submit(instance)));
      asked.add(predictions);
      try {
        return (await predictions).map((prediction, i) => assertFinite(prediction, instances[i]!));
      } finally {
        asked.delete(predictions);
      }
    },

    async probe() {
      await this.predict([examples[0]!.instance]);
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

function answerIn(
  { columns, values }: DenseMatrix,
  row: number,
  task: LearningProblem,
): Omit<Prediction, 'monitored'> {
  const own = values.subarray(row * columns, (row + 1) * columns);
  if (task.type === 'regression')
    return { label: null, labels: null, value: own[0]!, confidence: null, scores: {} };
  const answer = { rows: 1, columns, values: own };
  const label = String(answersTo(task, answer)[0]);
  return {
    label,
    labels: task.type === 'multilabel' ? labelsIn(label) : null,
    value: null,
    confidence: confidencesIn(task, answer)[0]!,
    scores: Object.fromEntries(task.labels.map((label, column) => [label, own[column]!])),
  };
}
