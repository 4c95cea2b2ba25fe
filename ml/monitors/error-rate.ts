import { z } from 'zod';
import type { MonitorKind } from './monitor.ts';
import { judgeShare } from './shares.ts';

/** Predictions that the version in production could not answer; what the client did wrong does not count. */
export const kind: MonitorKind<{ predictions: number; failures: number }> = {
  trigger: 'traffic',
  streams: ['predictions'],
  unit: 'share',
  options: z.strictObject({}),
  judge: ([row], bounds) => row && judgeShare(row.failures, row.predictions, bounds, 'predictions failed'),
};
