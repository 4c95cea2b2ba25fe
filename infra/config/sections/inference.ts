import { z } from 'zod';

/** The processes that run models. */
export const inference = {
  inferenceTimeoutMs: z.coerce
    .number()
    .int()
    .min(100)
    .default(60_000)
    .describe(
      'milliseconds in which an inference process must answer; one that does not is killed, and what it was asked is asked of the next, once',
    ),
  inferenceRuns: z.coerce
    .number()
    .int()
    .min(1)
    .default(1_000_000)
    .describe('runs after which an inference process is replaced by a new one'),
  inferenceMb: z.coerce
    .number()
    .int()
    .min(16)
    .default(512)
    .describe('MiB by which an inference process may grow before it is replaced by a new one'),
};
