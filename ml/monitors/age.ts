import { z } from 'zod';
import type { MonitorKind } from './monitor.ts';

/** How long ago the version in production first went there, in milliseconds: a model that is not renewed goes stale. */
export const kind: MonitorKind = {
  trigger: 'age',
  streams: [],
  unit: 'duration',
  options: z.strictObject({}),
  judge: () => undefined,
};
