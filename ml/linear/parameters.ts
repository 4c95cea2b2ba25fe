import { z } from 'zod';
import { augmentation } from '../augmentation/parameters.ts';
import { groupStatistics } from '../features/group-statistics.ts';
import { decisionParameters, stoppingParameters } from '../training/parameters.ts';

const CLASS_WEIGHTS = `must be none, balanced or a list such as ["late=3"]`;

/** How a linear model is trained. Same data, parameters and seed: the same model, bit for bit. */
export const linearParameters = z.strictObject({
  ngram: z.literal([1, 2]).default(2).describe('of texts, 1: words alone; 2: words and pairs of words'),
  minDf: z.int().min(1).default(2).describe('a term seen in fewer texts is left out'),
  maxFeatures: z.int().min(1).default(200_000).describe('terms at most'),
  hashing: z
    .union([z.literal(0), z.int().min(8).max(22)], 'must be 0, for a vocabulary, or 8 to 22')
    .default(0)
    .describe('bits of the hashes that stand for terms; 0: a vocabulary'),
  fields: z
    .array(z.string())
    .max(20)
    .default([])
    .describe('blocks of text fields with their weights; none: all fields in one block'),
  idfPower: z.number().min(0).default(2).describe('exponent of the inverse document frequency'),
  loss: z
    .enum(['auto', 'squaredHinge', 'logistic'])
    .default('auto')
    .describe('of classes; auto: squaredHinge for texts, logistic for tables'),
  c: z.number().positive().default(0.5).describe('cost of an error; the inverse of regularisation'),
  l1Ratio: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('share of L1 in the regularisation: above 0, weights that say little are exactly 0'),
  classWeights: z
    .union([z.enum(['none', 'balanced']), z.array(z.string()).min(1)], CLASS_WEIGHTS)
    .default('none')
    .describe('how much errors of each class cost: the same, by its rarity, or as listed'),
  titleWeight: z.int().min(0).default(2).describe('how many times the first of several texts counts'),
  log1p: z
    .array(z.string().max(200))
    .max(500)
    .default([])
    .describe('of tables, numbers that are taken as log(1 + x) before they are standardised'),
  groupStatistics,
  maxEpochs: z.int().min(1).default(20),
  ...stoppingParameters({ patience: 3, minDelta: 0 }),
  ...decisionParameters,
  ...augmentation,
  tolerance: z.number().min(0).default(0.05).describe('largest projected gradient at which to stop'),
});

export type LinearParameters = z.infer<typeof linearParameters>;
