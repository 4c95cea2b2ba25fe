import { z } from 'zod';
import { SKETCH_FEATURE, wordSketch } from '../drift/rows/sketch.ts';
import { InvalidPackage } from '../errors.ts';
import {
  FEATURES_FILE,
  parseFeatures,
  serialiseFeatures,
  type TextFeaturiser,
} from '../features/features-file.ts';
import type { Featuriser } from '../features/tfidf.ts';
import { type Instance, type InstanceSchema, textFields } from '../instance/schema.ts';
import { besideEachOther, type SparseVector } from '../matrix.ts';
import type { TensorType } from '../onnx/model-proto.ts';
import { wordCount } from '../text/count.ts';
import { tokenize } from '../text/tokenize.ts';
import { type TextBlock, weightedText } from '../text/weighted.ts';
import type { Adapter, AdapterSettings, FittedAdapter, MonitoredFeatures, Tensor } from './adapter.ts';

/** the text fields that are read, each repeated `weight` times */
const fields = z.array(z.object({ name: z.string(), weight: z.int().min(0) })).min(1);

/** One block of fields, or several with their weights. */
const settingsSchema = z.union([
  z.looseObject({ fields }).transform(({ fields }): TextBlock[] => [{ fields, weight: 1 }]),
  z
    .looseObject({ blocks: z.array(z.object({ fields, weight: z.number().positive() })).min(1) })
    .transform(({ blocks }): TextBlock[] => blocks),
]);

export const TFIDF_INPUTS: readonly TensorType[] = [
  { name: 'indices', type: 'int64', shape: ['batch', 'terms'] },
  { name: 'values', type: 'float', shape: ['batch', 'terms'] },
];

/** Text fields as sparse TF-IDF vectors: the indices of the terms that occur, and their weights. */
export const adapter: Adapter = {
  open(settings, data, schema) {
    const blocks = blocksIn(settings, schema);
    const featurisers = parseFeatures(data);
    if (featurisers.length !== blocks.length)
      throw new InvalidPackage(
        'malformed',
        FEATURES_FILE,
        `it has the features of ${featurisers.length} blocks, and the signature ${blocks.length}`,
      );
    const features = featurisers.reduce((sum, { columns }) => sum + columns, 0);
    return {
      inputsOf: (instances) =>
        padBatch(
          instances.map((instance) => vectorOf(instance, blocks, featurisers)),
          features,
        ),
      monitoredOf: monitor(blocks, featurisers, textFields(schema)),
    };
  },
};

/** @throws InvalidPackage `malformed` */
export function blocksIn(settings: AdapterSettings, { fields: known }: InstanceSchema): TextBlock[] {
  const { data: blocks } = settingsSchema.safeParse(settings);
  if (blocks?.every(({ fields }) => fields.every(({ name }) => known[name]?.type === 'text'))) return blocks;
  throw new InvalidPackage(
    'malformed',
    'signature.json',
    'the adapter tfidf needs "fields" of type text, or "blocks" of them',
  );
}

function vectorOf(
  instance: Instance,
  blocks: readonly TextBlock[],
  featurisers: readonly TextFeaturiser[],
): SparseVector {
  const parts = blocks.map(({ fields }, at) => {
    const { columns } = featurisers[at]!;
    const vector = featurisers[at]!.featurise(weightedText(instance, fields));
    return { ...vector, rows: 1, columns, offsets: Int32Array.of(0, vector.indices.length) };
  });
  return besideEachOther(parts, blocks);
}

/**
 * The length of the texts, and the share of their words that are rare: that no block's vocabulary has. A model of hashes
 * knows no words, and says nothing of those. Texts that a model must name are not watched.
 */
function monitor(
  blocks: readonly TextBlock[],
  featurisers: readonly TextFeaturiser[],
  watched: readonly string[],
): (instance: Instance) => MonitoredFeatures {
  const read = new Set(blocks.flatMap(({ fields }) => fields.map(({ name }) => name)));
  const fields = watched.filter((name) => read.has(name)).map((name) => ({ name, weight: 1 }));
  const exact = featurisers.filter((featuriser) => featuriser.kind === 'exact');
  const isWhole = fields.length === watched.length; // else its texts are not those of the reference
  return (instance) => ({
    textLength: fields.reduce((sum, { name }) => sum + wordCount(String(instance[name])), 0),
    ...(isWhole && { [SKETCH_FEATURE]: wordSketch(weightedText(instance, fields)) }),
    ...(exact.length === featurisers.length && {
      rareWordShare: rareWordShare(weightedText(instance, fields), exact),
    }),
  });
}

function rareWordShare(text: string, featurisers: readonly Featuriser[]): number {
  const [only, ...more] = featurisers;
  if (only && more.length === 0) return only.rareWordShare(text);
  const words = tokenize(text);
  const rare = words.filter((word) => !featurisers.some((featuriser) => featuriser.knows(word)));
  return words.length === 0 ? 0 : rare.length / words.length;
}

export const fittedTfidf = (
  blocks: readonly (TextBlock & { readonly featuriser: TextFeaturiser })[],
): FittedAdapter => ({
  settings: { name: 'tfidf', file: FEATURES_FILE, ...fieldsOrBlocks(blocks) },
  data: serialiseFeatures(blocks.map(({ featuriser }) => featuriser)),
  inputs: TFIDF_INPUTS,
});

function fieldsOrBlocks(blocks: readonly TextBlock[]): Record<string, unknown> {
  const [only, ...more] = blocks;
  if (only && more.length === 0 && only.weight === 1) return { fields: only.fields };
  return { blocks: blocks.map(({ fields, weight }) => ({ fields, weight })) };
}

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
