import { z } from 'zod';
import { percent } from '../metrics/format.ts';
import type { MonitorKind } from './monitor.ts';

/** Predictions in a window as a fraction of those in a usual one: the median of up to seven windows before. */
export const kind: MonitorKind<{ predictions: number; before: readonly number[] }> = {
  trigger: 'windows',
  streams: ['predictions'],
  unit: 'number',
  isMinimum: true,
  options: z.strictObject({}),
  parameters: ({ window }) => ({ window: String(window) }),
  judge([row], { limit, clear, minimumSamples }) {
    const before = row?.before.toSorted((a, b) => a - b) ?? [];
    const usual = before[Math.floor(before.length / 2)] ?? 0;
    if (!row || usual < minimumSamples) return undefined;
    const { predictions: samples } = row;
    const value = samples / usual;
    const reason = `${samples} predictions in the window, ${percent(value)} of the usual ${usual} (limit ${percent(limit)})`;
    return { value, samples, state: value < limit ? 'bad' : value >= clear ? 'good' : 'between', reason };
  },
};
