import { z } from 'zod';

export const settings = z.object({
  reuseDays: z.coerce
    .number()
    .min(0)
    .max(36_500)
    .default(30)
    .describe('how long a dataset may stand for a later one of the same events, rules and code; 0: never'),
  reuseSteps: z.coerce
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(1_000)
    .describe('results that are kept for that, those of trainings among them: those that were used last'),
  cache: z.string().describe('folder with those results; by default that of `EPOCHLOG_CACHE`'),
});

export type SealerSettings = z.infer<typeof settings>;
