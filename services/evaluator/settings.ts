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
});

export type EvaluatorSettings = z.infer<typeof settings>;
