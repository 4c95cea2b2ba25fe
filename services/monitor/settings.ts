import { z } from 'zod';

const share = z.coerce.number().min(0).max(1);
const windowSize = z.coerce.number().int().min(10).max(100_000);

export const settings = z.object({
  driftWindow: windowSize
    .default(300)
    .describe('predictions in a window of drift: the noise of the index depends on the count, not on time'),
  psiThreshold: z.coerce.number().min(0).default(0.25).describe('index from which a feature has drifted'),
  driftSignificance: share.default(0.001).describe('p-value under which an index is no chance'),
  accuracyWindow: windowSize.default(200).describe('labelled predictions in a window of accuracy'),
  accuracyMargin: share.default(0.02).describe('drop below the test accuracy that matters'),
  accuracySignificance: share.default(0.01).describe('p-value under which a drop is no chance'),
  waiting: z.coerce
    .number()
    .int()
    .min(1)
    .default(100_000)
    .describe('predictions kept until their outcome arrives, and outcomes kept until their prediction does'),
});

export type MonitorSettings = z.infer<typeof settings>;
