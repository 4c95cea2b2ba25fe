import { z } from 'zod';
import { augmentation } from '../augmentation/parameters.ts';
import { linearParameters } from '../linear/parameters.ts';
import { decisionParameters, stepParameters, stoppingParameters } from '../training/parameters.ts';

const {
  ngram,
  minDf,
  maxFeatures,
  hashing,
  fields,
  idfPower,
  titleWeight,
  classWeights,
  log1p,
  groupStatistics,
} = linearParameters.shape;

/** How a network is trained. Same data, parameters, seed and backend: the same model, bit for bit. */
export const networkParameters = z.strictObject({
  backend: z
    .enum(['auto', 'gpu', 'node', 'wasm', 'cpu'])
    .default('auto')
    .describe('of TensorFlow.js; auto: the first of these that works here'),
  embedding: z
    .int()
    .min(2)
    .max(1_024)
    .default(32)
    .describe('numbers that stand for a word or a pair of words'),
  hidden: z
    .union([z.literal('auto'), z.array(z.int().min(1).max(4_096)).max(8)], 'must be auto or a list of sizes')
    .default('auto')
    .describe('units of each hidden layer; auto: 64 and 32 for tables, none for texts'),
  dropout: z.number().min(0).max(0.95).default(0.1).describe('share of units that a step leaves out'),
  termDropout: z
    .number()
    .min(0)
    .max(0.95)
    .default(0.2)
    .describe('of texts, share of terms that a step leaves out'),
  ...stepParameters({ learningRate: 0.005, weightDecay: 0.01, warmupSteps: 0 }),
  batchSize: z
    .union([z.literal('auto'), z.int().min(1).max(4_096)])
    .default('auto')
    .describe('samples of a step; auto: the most, from 32 to 256, with which an epoch has 200 steps'),
  workers: z
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe(
      'threads that compute a part of each step, with the backends wasm and cpu; the parts are added in their order',
    ),
  maxEpochs: z.int().min(1).max(10_000).default(10),
  ...stoppingParameters({ patience: 3, minDelta: 0 }),
  ...decisionParameters,
  ...augmentation,
  ...{ ngram, minDf, maxFeatures, hashing, fields, idfPower: idfPower.default(1), titleWeight, classWeights },
  ...{ log1p, groupStatistics },
});

export type NetworkParameters = z.infer<typeof networkParameters>;

/** Units of the layers between the inputs and the scores. */
export function hiddenSizes({ hidden, embedding }: NetworkParameters, isText: boolean): readonly number[] {
  const sizes = hidden === 'auto' ? (isText ? [] : [64, 32]) : hidden;
  return isText ? [embedding, ...sizes] : sizes;
}
