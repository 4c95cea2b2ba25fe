import { z } from 'zod';
import type { ServiceContext } from '../../schemas/catalogue.ts';

export const settings = z.object({
  pages: z
    .string()
    .max(1_000)
    .optional()
    .describe(
      "folder of MLflow's own web pages, mlflow/server/js/build of its package: they are at /mlflow/ then",
    ),
  uploadMegabytes: z.coerce
    .number()
    .positive()
    .max(1_000)
    .default(200)
    .describe('size of an artifact that an MLflow client uploads; it is held in memory while it is stored'),
});

export type TrackerSettings = z.infer<typeof settings>;
export type TrackerContext = ServiceContext<TrackerSettings>;
