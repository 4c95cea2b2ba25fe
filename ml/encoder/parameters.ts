import { z } from 'zod';
import { linearParameters } from '../linear/parameters.ts';

/** How an encoder is used: those of its own, and those of the linear model that it is blended with. */
export const encoderParameters = linearParameters.extend({
  weights: z
    .string()
    .min(1)
    .max(500)
    .default('minilm')
    .describe('the pretrained encoder: a name that was fetched, or the absolute path of a folder'),
  maxTokens: z
    .int()
    .min(4)
    .max(8_192)
    .default(128)
    .describe('tokens of a text that count; the rest is cut off'),
  blend: z.boolean().default(true).describe('with the linear model; false: the encoder alone'),
  encoderC: z
    .number()
    .positive()
    .default(0.002)
    .describe('cost of an error of the logistic regression on embeddings'),
});

export type EncoderParameters = z.infer<typeof encoderParameters>;
