import { z } from 'zod';
import { tableAugmentation } from '../augmentation/parameters.ts';
import { groupStatistics } from '../features/group-statistics.ts';
import { linearParameters } from '../linear/parameters.ts';
import { decisionParameters, stoppingParameters } from '../training/parameters.ts';

const { patience, minDelta } = stoppingParameters({ patience: 10, minDelta: 1e-7 });

/** How boosted trees are trained; the defaults are those of scikit-learn's HistGradientBoosting. */
export const treesParameters = z.strictObject({
  maxRounds: z.int().min(1).default(100).describe('rounds of boosting; each adds a tree for each score'),
  learningRate: z.number().positive().max(1).default(0.1),
  maxLeaves: z.int().min(2).default(31).describe('leaves of a tree at most'),
  minLeaf: z.int().min(1).default(20).describe('rows of a leaf at least'),
  l2: z.number().min(0).default(0).describe('L2 regularisation of the values of leaves'),
  monotone: z
    .array(z.string().max(200))
    .max(500)
    .default([])
    .describe('numbers that may only raise, or only lower, the score: such as "hour=increasing"'),
  classWeights: linearParameters.shape.classWeights,
  sampleWeight: z
    .string()
    .min(1)
    .max(200)
    .default('none')
    .describe('the column of numbers that says how much each row counts, which is then no input'),
  groupStatistics,
  patience,
  minDelta,
  ...decisionParameters,
  ...tableAugmentation,
});

export type TreesParameters = z.infer<typeof treesParameters>;
