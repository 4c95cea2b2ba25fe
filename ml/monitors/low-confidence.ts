import { z } from 'zod';
import type { MonitorKind } from './monitor.ts';
import { judgeShare } from './shares.ts';

const confidence = z.coerce.number().min(0).max(1).default(0.5).transform(String);

/** Answers of a classifier with less confidence than `confidence`. */
export const kind: MonitorKind<{ answers: number; low: number }> = {
  trigger: 'traffic',
  streams: ['predictions'],
  unit: 'share',
  options: z.strictObject({ confidence }),
  parameters: ({ options }) => ({ confidence: options.confidence! }),
  judge: ([row], bounds) =>
    row &&
    judgeShare(row.low, row.answers, bounds, `answers with a confidence below ${bounds.options.confidence}`),
};
