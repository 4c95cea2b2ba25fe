import { z } from 'zod';

export const settings = z.object({
  checkpointSeconds: z.coerce
    .number()
    .min(0)
    .default(30)
    .describe('time between two checkpoints of a training; 0 for one after each epoch'),
  watts: z.coerce
    .number()
    .positive()
    .optional()
    .describe('power that this machine is taken to need, to estimate energy with; nothing is measured'),
  gramsPerKwh: z.coerce
    .number()
    .min(0)
    .optional()
    .describe('grams of carbon dioxide of a kilowatt hour, to estimate emissions with'),
  metrics: z
    .string()
    .optional()
    .describe(
      'folder with metrics of your own, which trials of a search are measured by; by default that of `EPOCHLOG_METRICS`',
    ),
  reuseDays: z.coerce
    .number()
    .min(0)
    .max(36_500)
    .default(30)
    .describe('how long the result of a training may stand for a later one with the same inputs; 0: never'),
  reuseSteps: z.coerce
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(1_000)
    .describe('results that are kept for that, those of evaluations among them: those that were used last'),
  embeddingsMb: z.coerce
    .number()
    .min(0)
    .default(4_096)
    .describe('megabytes of embeddings that are kept, those that were used last'),
  cache: z
    .string()
    .describe('folder with the pretrained encoders, and for embeddings; by default that of `EPOCHLOG_CACHE`'),
});

export type TrainerSettings = z.infer<typeof settings>;
