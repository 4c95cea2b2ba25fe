import { z } from 'zod';
import type { ServiceContext } from '../../schemas/catalogue.ts';

export const settings = z.object({
  uploadMegabytes: z.coerce
    .number()
    .positive()
    .max(1_000)
    .default(200)
    .describe('size of an artifact that an MLflow client uploads; it is held in memory while it is stored'),
});

export type TrackerSettings = z.infer<typeof settings>;
export type TrackerContext = ServiceContext<TrackerSettings>;
