import { z } from 'zod';
import { probability } from '../metrics/format.ts';
import type { MonitorKind } from './monitor.ts';
import { binomialTail } from './shares.ts';

/** of the predictions, above which the 95th percentile is above the limit */
const SLOW_SHARE = 0.05;

/**
 * The 95th percentile of the latencies of requests with one instance, in milliseconds. That it is above the limit is the same
 * as that more than 5 % are slower than it, which is what chance is told by.
 */
export const kind: MonitorKind<{ timed: number; slow: number; p95Ms: number | null }> = {
  trigger: 'traffic',
  streams: ['predictions'],
  unit: 'milliseconds',
  options: z.strictObject({}),
  parameters: ({ limit }) => ({ limit: String(limit) }),
  judge([row], { limit, clear, significance, minimumSamples }) {
    if (!row || row.p95Ms === null || row.timed < minimumSamples) return undefined;
    const { timed: samples, slow, p95Ms: value } = row;
    const pValue = binomialTail(slow, samples, SLOW_SHARE);
    const isBad = value > limit && (significance === null || pValue < significance);
    const chance = isBad && significance !== null ? `, p ${probability(pValue)}` : '';
    const reason = `p95 of ${samples} predictions ${value.toFixed(0)} ms (limit ${limit} ms${chance})`;
    return { value, samples, state: isBad ? 'bad' : value <= clear ? 'good' : 'between', reason };
  },
};
