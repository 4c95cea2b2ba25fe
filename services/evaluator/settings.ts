import { z } from 'zod';

export const settings = z.object({
  metrics: z
    .string()
    .optional()
    .describe(
      'folder with metrics of your own: each module in it exports a function `metric` or `perSample`; by default that of `EPOCHLOG_METRICS`',
    ),
  atOnce: z.coerce
    .number()
    .int()
    .min(1)
    .max(16)
    .default(4)
    .describe('evaluations that are made beside each other; their results come in the order of the requests'),
  limitSeconds: z.coerce
    .number()
    .positive()
    .max(86_400)
    .default(1_800)
    .describe('time that an evaluation may take'),
  reuseDays: z.coerce
    .number()
    .min(0)
    .max(36_500)
    .default(30)
    .describe(
      'how long the result of an evaluation may stand for a later one with the same inputs; 0: never',
    ),
  reuseSteps: z.coerce
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(1_000)
    .describe('results that are kept for that, those of trainings among them: those that were used last'),
  cache: z.string().describe('folder with those results; by default that of `EPOCHLOG_CACHE`'),
});

export type EvaluatorSettings = z.infer<typeof settings>;
