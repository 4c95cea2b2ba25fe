import { z } from 'zod';

export const settings = z.object({
  metric: z
    .string()
    .min(1)
    .default('accuracy')
    .describe('name of the metric that a candidate must be better in'),
  margin: z.coerce.number().min(0).max(1).default(0.002).describe('by how much it must be better'),
  minAccuracy: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('accuracy that a candidate must exceed, as well as the fraction of the largest class'),
});

export type RegistrarSettings = z.infer<typeof settings>;
