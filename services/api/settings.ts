import { z } from 'zod';
import type { ServiceContext } from '../../schemas/catalogue.ts';

export const settings = z.object({
  /** limits of SQL in POST /v1/query */
  querySeconds: z.coerce.number().positive().default(10),
  queryRows: z.coerce.number().int().positive().default(10_000),
  queryMegabytes: z.coerce.number().positive().default(200),
  /** interval of heartbeats on an idle event stream */
  heartbeatMs: z.coerce.number().int().positive().default(15_000),
  /** open event streams, in total and by client address */
  streams: z.coerce.number().int().positive().default(100),
  streamsPerClient: z.coerce.number().int().positive().default(10),
  /** time after which a client that does not read its stream is disconnected */
  slowReaderMs: z.coerce.number().int().positive().default(30_000),
});

export type ApiSettings = z.infer<typeof settings>;
export type ApiContext = ServiceContext<ApiSettings>;
