import { z } from 'zod';
import { adwin } from '../drift/concept/adwin.ts';
import { ddm } from '../drift/concept/ddm.ts';
import type { ChangeDetector } from '../drift/concept/detector.ts';
import { pageHinkley } from '../drift/concept/page-hinkley.ts';
import type { MonitorKind } from './monitor.ts';

/** Measured by test/bench/concept-drift.ts: with these, false alarms are rare and delays short; see docs/drift.md. */
const METHODS = {
  adwin: adwin({ delta: 0.002, every: 8, buckets: 5, minimumWindow: 5, warmUp: 50 }),
  pageHinkley: pageHinkley({ warmUp: 100, tolerance: 0.02, threshold: 25, memory: 1, direction: 'both' }),
  ddm: ddm({ warmUp: 200, threshold: 4 }),
} as const satisfies Record<string, ChangeDetector>;

/** The detector that the options of a policy name. */
export const detectorOf = ({ method }: Readonly<Record<string, string>>): ChangeDetector =>
  METHODS[method as keyof typeof METHODS];

/**
 * Whether the errors change in the stream of outcomes. Its limit is the smallest rise of the mean error that counts, and it is
 * resolved when the mean falls again, or by another version.
 */
export const kind: MonitorKind = {
  trigger: 'stream',
  streams: [],
  unit: 'share',
  options: z.strictObject({ method: z.enum(['adwin', 'pageHinkley', 'ddm']).default('adwin') }),
  judge: () => undefined,
};
