import { z } from 'zod';
import type { MonitorKind } from './monitor.ts';

const HOUR_MS = 3_600_000;
const hours = (ms: number): string => `${Number((ms / HOUR_MS).toFixed(1))} h`;

/** How long no prediction has come, in milliseconds, of a model that had some. */
export const kind: MonitorKind<{ predictions: number; silentMs: number | null }> = {
  trigger: 'silence',
  streams: ['predictions'],
  unit: 'duration',
  options: z.strictObject({}),
  judge([row], { limit }) {
    if (!row || row.silentMs === null) return undefined;
    const { silentMs: value, predictions: samples } = row;
    const reason = `no prediction for ${hours(value)} (limit ${hours(limit)})`;
    return { value, samples, state: value >= limit ? 'bad' : 'good', reason };
  },
};
