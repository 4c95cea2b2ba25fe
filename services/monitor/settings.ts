import { z } from 'zod';

const fraction = z.coerce.number().min(0).max(1);
const windowSize = z.coerce.number().int().min(10).max(100_000);

export const settings = z.object({
  driftWindow: windowSize
    .default(300)
    .describe('predictions in a window of drift: the noise of the PSI depends on the count, not on time'),
  psiThreshold: z.coerce.number().min(0).default(0.25).describe('PSI from which a feature has drifted'),
  driftSignificance: fraction.default(0.001).describe('p-value below which a PSI is significant'),
  qualityWindow: windowSize.default(200).describe('labelled predictions in a window of the quality metric'),
  qualityMargin: fraction.default(0.02).describe('smallest drop below the test metric that raises an alert'),
  qualitySignificance: fraction.default(0.01).describe('p-value below which a drop is significant'),
  waiting: z.coerce
    .number()
    .int()
    .min(1)
    .default(100_000)
    .describe('predictions kept until their outcome arrives, and outcomes kept until their prediction does'),
});

export type MonitorSettings = z.infer<typeof settings>;
