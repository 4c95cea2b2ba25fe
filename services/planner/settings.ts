import { z } from 'zod';

const fraction = z.coerce.number().min(0).max(1);

export const settings = z
  .object({
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
    trainFraction: fraction.default(0.8),
    validationFraction: fraction.default(0.1),
  })
  .refine(({ trainFraction, validationFraction }) => trainFraction + validationFraction < 1, {
    path: ['validationFraction'],
    message: 'and trainFraction must leave samples for the test split: their sum must be below 1',
  });

export type PlannerSettings = z.infer<typeof settings>;
