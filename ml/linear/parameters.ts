import { z } from 'zod';

/** How a linear model is trained. Same data, parameters and seed: the same model, bit for bit. */
export const linearParameters = z.strictObject({
  ngram: z.literal([1, 2]).default(2).describe('of texts, 1: words alone; 2: words and pairs of words'),
  minDf: z.int().min(1).default(2).describe('a term seen in fewer texts is left out'),
  maxFeatures: z.int().min(1).default(200_000).describe('terms at most'),
  idfPower: z.number().min(0).default(2).describe('exponent of the inverse document frequency'),
  c: z.number().positive().default(0.5).describe('cost of an error; the inverse of regularisation'),
  titleWeight: z.int().min(0).default(2).describe('how many times the first of several texts counts'),
  maxEpochs: z.int().min(1).default(20),
  patience: z.int().min(1).default(3).describe('epochs in a row without a better validation, to stop after'),
  tolerance: z.number().min(0).default(0.05).describe('largest projected gradient at which to stop'),
});

export type LinearParameters = z.infer<typeof linearParameters>;
