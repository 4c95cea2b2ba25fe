import { z } from 'zod';
import type { ServiceContext } from '../../schemas/catalogue.ts';

export const settings = z.object({
  sqlSeconds: z.coerce.number().positive().default(10).describe('time that SQL of a user may take'),
  sqlRows: z.coerce.number().int().positive().default(10_000).describe('rows that it may return'),
  sqlFileRows: z.coerce
    .number()
    .int()
    .positive()
    .default(1_000_000)
    .describe('rows of an answer in CSV, Parquet or Arrow, which nothing holds in memory'),
  sqlMegabytes: z.coerce.number().positive().default(200).describe('memory in MB that it may use'),
  uploadMegabytes: z.coerce
    .number()
    .positive()
    .max(1_000)
    .default(200)
    .describe('size of an uploaded file (`POST /v1/artifacts`); it is held in memory while it is stored'),
  heartbeatMs: z.coerce
    .number()
    .int()
    .positive()
    .default(15_000)
    .describe('interval of heartbeats on a stream of live events (`GET /v1/events/stream`) that is idle'),
  streams: z.coerce.number().int().positive().default(100).describe('streams open at once; beyond that 503'),
  streamsPerClient: z.coerce
    .number()
    .int()
    .positive()
    .default(10)
    .describe('streams of one client address; beyond that 429'),
  slowReaderMs: z.coerce
    .number()
    .int()
    .positive()
    .default(30_000)
    .describe(
      'a client that reads nothing from its stream for so long is disconnected; `Last-Event-ID` resumes',
    ),
});

export type ApiSettings = z.infer<typeof settings>;
export type ApiContext = ServiceContext<ApiSettings>;
