import { z } from 'zod';
import { environment } from '../../kernel/texts.ts';
import { PRODUCTION } from '../../schemas/deployments/running.ts';

export const settings = z.object({
  maxBatch: z.coerce.number().int().min(1).default(32).describe('instances that run together at most'),
  batchWaitMs: z.coerce
    .number()
    .int()
    .min(0)
    .max(1_000)
    .default(0)
    .describe(
      'milliseconds that instances wait for others to run with, until as many are there as run together',
    ),
  timeoutMs: z.coerce
    .number()
    .int()
    .min(1)
    .default(30_000)
    .describe('milliseconds in which a version must answer an instance; beyond it the answer is 504'),
  maxInFlight: z.coerce
    .number()
    .int()
    .min(512)
    .default(2_048)
    .describe('instances being answered, beyond which requests are refused with 503'),
  remembered: z.coerce
    .number()
    .int()
    .min(1)
    .default(10_000)
    .describe('answers kept for clients that repeat a request id of their own'),
  healthLatencyMs: z.coerce.number().positive().default(250).describe('latency from which /health/ml fails'),
  healthWindowMs: z.coerce
    .number()
    .positive()
    .default(60_000)
    .describe('age up to which predictions count in the latency of /health/ml'),
  model: z
    .string()
    .min(1)
    .optional()
    .describe(
      'the model that answers when none is named, if not the only one in production; EPOCHLOG_MODEL names it for all services',
    ),
  environment: environment
    .default(PRODUCTION)
    .describe('environment whose versions it answers with, such as staging'),
  retryMs: z.coerce
    .number()
    .int()
    .min(1)
    .default(30_000)
    .describe('pause before a version in production that could not be served is tried again'),
});

export type PredictorSettings = z.infer<typeof settings>;
