import { z } from 'zod';

export const settings = z.object({
  metric: z
    .string()
    .min(1)
    .optional()
    .describe(
      'name of the metric that a candidate must be better in; accuracy, or rmse for numbers, if unset',
    ),
  margin: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(0.002)
    .describe('by how much it must be better; a fraction of the error of numbers'),
  minAccuracy: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('accuracy that a candidate must exceed, as well as the fraction of the largest class'),
});

export type RegistrarSettings = z.infer<typeof settings>;
