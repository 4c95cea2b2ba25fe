import { z } from 'zod';
import { engineNamed } from '../../ml/engines.ts';

const share = z.coerce.number().min(0).max(1);

const engine = z.string().superRefine((name, context) => {
  try {
    engineNamed(name);
  } catch (error) {
    context.addIssue(`is wrong: ${error instanceof Error ? error.message : error}`);
  }
});

export const settings = z
  .object({
    model: z
      .string()
      .min(1)
      .default('arxiv-classifier')
      .describe('the model that is trained again unasked; EPOCHLOG_MODEL names it for all services'),
    growth: z.coerce
      .number()
      .positive()
      .default(0.1)
      .describe('new samples, as a share of those at the last training, after which it is trained again'),
    minGrowthOnDrift: z.coerce
      .number()
      .min(0)
      .default(0.05)
      .describe('the share that an alert waits for: without new samples a training would change nothing'),
    engine: engine.default('linear').describe('what trains, unless a request says otherwise'),
    seed: z.coerce.number().int().default(42),
    trainShare: share.default(0.8),
    validationShare: share.default(0.1),
  })
  .refine(({ trainShare, validationShare }) => trainShare + validationShare < 1, {
    path: ['validationShare'],
    message: 'and the share for training must leave samples for the test',
  });

export type RetrainerSettings = z.infer<typeof settings>;
