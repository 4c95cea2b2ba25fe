import { getBundle } from '../../kernel/bundle.ts';
import { EpochlogError, isFinal, messageOf } from '../../kernel/errors.ts';
import type { InferenceSession } from '../../kernel/ports/inference.ts';
import type { ServiceContext } from '../../kernel/service.ts';
import { InvalidPackage } from '../../ml/errors.ts';
import { argmaxRows, type DenseMatrix } from '../../ml/matrix.ts';
import { cleanDocument, type InputStatistics, type OpenPackage, openPackage } from '../../ml/package/open.ts';
import type { Document } from '../../ml/text/document.ts';
import { Batcher } from './batcher.ts';
import type { Production } from './production.ts';

/** Preparing so many takes about 20 ms, during which the process answers nothing else. */
const BATCH_CHARACTERS = 50_000;
const WARM_UP: Document = { title: 'warm-up', abstract: 'the first run allocates what the others use' };

export interface Prediction extends InputStatistics {
  label: string;
  confidence: number;
  /** in the order of the model's labels */
  probabilities: Float32Array | Float64Array;
}

/** A version that answers. */
export interface ServedModel extends Production {
  labels: readonly string[];
  /** Those of concurrent calls run together. */
  predict(documents: readonly Document[]): Promise<Prediction[]>;
  /** Answers what it was asked, then gives its memory back. */
  retire(): Promise<void>;
}

/**
 * Loads a version and lets it predict once. PACKAGE_INVALID when it cannot be served, whatever the cause is, unless
 * that may pass.
 */
export async function loadModel(
  production: Production,
  { artifacts, inference }: Pick<ServiceContext, 'artifacts' | 'inference'>,
  maxBatch: number,
): Promise<ServedModel> {
  try {
    const opened = openPackage(await getBundle(artifacts, production.package));
    const model = served(production, opened, await inference.open(opened.onnx), maxBatch);
    await model.predict([WARM_UP]).catch(async (error: unknown) => {
      await model.retire();
      throw error;
    });
    return model;
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
  production: Production,
  opened: OpenPackage,
  session: InferenceSession,
  maxBatch: number,
): ServedModel {
  const batcher = new Batcher((documents: readonly Document[]) => run(opened, session, documents), {
    maxItems: maxBatch,
    maxWeight: BATCH_CHARACTERS,
    weightOf: ({ title, abstract }) => title.length + abstract.length,
  });
  const asked = new Set<Promise<unknown>>();
  return {
    ...production,
    labels: opened.labels,

    async predict(documents) {
      const predictions = Promise.all(documents.map((document) => batcher.submit(document)));
      asked.add(predictions);
      try {
        return await predictions;
      } finally {
        asked.delete(predictions);
      }
    },

    async retire() {
      await Promise.allSettled(asked);
      await session.close();
    },
  };
}

async function run(
  opened: OpenPackage,
  session: InferenceSession,
  raw: readonly Document[],
): Promise<Prediction[]> {
  const documents = raw.map(cleanDocument);
  const outputs = session.run(opened.inputsOf(documents));
  const statistics = documents.map((document) => opened.statisticsOf(document)); // while the graph runs
  return predictionsOf(opened.probabilitiesOf(await outputs), opened.labels, statistics);
}

function predictionsOf(
  matrix: DenseMatrix,
  labels: readonly string[],
  statistics: readonly InputStatistics[],
): Prediction[] {
  return Array.from(argmaxRows(matrix), (best, row) => {
    const probabilities = matrix.values.subarray(row * matrix.columns, (row + 1) * matrix.columns);
    return { label: labels[best]!, confidence: probabilities[best]!, probabilities, ...statistics[row]! };
  });
}
