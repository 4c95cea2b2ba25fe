import { z } from 'zod';

export const settings = z.object({
  minPerClass: z.coerce
    .number()
    .int()
    .min(1)
    .default(10)
    .describe('samples that every class needs for a dataset to be sealed'),
});
