import { z } from 'zod';
import { InvalidPackage } from '../errors.ts';
import { FEATURES_FILE, parseFeatures, serialiseFeatures } from '../features/features-file.ts';
import type { Featuriser } from '../features/tfidf.ts';
import type { SparseVector } from '../matrix.ts';
import type { TensorType } from '../onnx/model-proto.ts';
import { wordCount } from '../text/clean.ts';
import { type WeightedField, weightedText } from '../text/weighted.ts';
import type { Adapter, FittedAdapter, Tensor } from './adapter.ts';

const settingsSchema = z.looseObject({
  /** the text fields that are read, each repeated `weight` times */
  fields: z.array(z.object({ name: z.string(), weight: z.int().min(0) })).min(1),
});

export const TFIDF_INPUTS: readonly TensorType[] = [
  { name: 'indices', type: 'int64', shape: ['batch', 'terms'] },
  { name: 'values', type: 'float', shape: ['batch', 'terms'] },
];

/** Text fields as sparse TF-IDF vectors: the indices of the terms that occur, and their weights. */
export const adapter: Adapter = {
  open(settings, data, { fields: known }) {
    const { success, data: parsed } = settingsSchema.safeParse(settings);
    if (!success || parsed.fields.some(({ name }) => known[name]?.type !== 'text')) {
      throw new InvalidPackage(
        'malformed',
        'signature.json',
        'the adapter tfidf needs "fields" of type text',
      );
    }
    const { fields } = parsed;
    const featuriser = parseFeatures(data);
    return {
      inputsOf: (instances) =>
        padBatch(
          instances.map((instance) => featuriser.featurise(weightedText(instance, fields))),
          featuriser.columns,
        ),
      monitoredOf: (instance) => ({
        textLength: fields.reduce((sum, { name }) => sum + wordCount(String(instance[name])), 0),
        rareWordShare: featuriser.rareWordShare(
          weightedText(
            instance,
            fields.map(({ name }) => ({ name, weight: 1 })),
          ),
        ),
      }),
    };
  },
};

export const fittedTfidf = (featuriser: Featuriser, fields: readonly WeightedField[]): FittedAdapter => ({
  settings: { name: 'tfidf', file: FEATURES_FILE, fields },
  data: serialiseFeatures(featuriser),
  inputs: TFIDF_INPUTS,
});

/**
 * Texts as the inputs of a graph: as many columns as the longest has terms. The others are filled up with the index
 * `features`, whose weights are zero.
 */
export function padBatch(rows: readonly SparseVector[], features: number): Record<string, Tensor> {
  const terms = Math.max(1, ...rows.map(({ indices }) => indices.length));
  const indices = new BigInt64Array(rows.length * terms).fill(BigInt(features));
  const lowWords = new Int32Array(indices.buffer); // a BigInt for each index takes three times as long
  const values = new Float32Array(rows.length * terms);
  for (const [row, vector] of rows.entries()) {
    values.set(vector.values, row * terms);
    for (let at = 0; at < vector.indices.length; at++) lowWords[2 * (row * terms + at)] = vector.indices[at]!;
  }
  const dims = [rows.length, terms];
  return { indices: { dims, data: indices }, values: { dims, data: values } };
}
