import { z } from 'zod';
import { engineNamed } from '../../ml/engines.ts';

const fraction = z.coerce.number().min(0).max(1);

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
      .describe('the model that automatic triggers train; EPOCHLOG_MODEL names it for all services'),
    growth: z.coerce
      .number()
      .positive()
      .default(0.1)
      .describe('new samples, as a fraction of those at the last training, that trigger a training'),
    minGrowthOnDrift: z.coerce
      .number()
      .min(0)
      .default(0.05)
      .describe(
        'the fraction that an alert needs to trigger a training: without new samples it would change nothing',
      ),
    engine: engine.default('linear').describe('engine of a training whose request names none'),
    seed: z.coerce.number().int().default(42),
    trainFraction: fraction.default(0.8),
    validationFraction: fraction.default(0.1),
  })
  .refine(({ trainFraction, validationFraction }) => trainFraction + validationFraction < 1, {
    path: ['validationFraction'],
    message: 'and trainFraction must leave samples for the test split: their sum must be below 1',
  });

export type PlannerSettings = z.infer<typeof settings>;
