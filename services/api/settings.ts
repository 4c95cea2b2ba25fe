import { z } from 'zod';
import type { ServiceContext } from '../../kernel/service.ts';

export const settings = z.object({
  /** limits of SQL that a user sends to POST /v1/query */
  querySeconds: z.coerce.number().positive().default(10),
  queryRows: z.coerce.number().int().positive().default(10_000),
  queryMegabytes: z.coerce.number().positive().default(200),
  /** an idle stream of events shows that often that it is alive */
  heartbeatMs: z.coerce.number().int().positive().default(15_000),
  /** streams of events that are open at once, in all and by client (address) */
  streams: z.coerce.number().int().positive().default(100),
  streamsPerClient: z.coerce.number().int().positive().default(10),
  /** a reader of a stream that has not taken what was sent to it by then is disconnected */
  slowReaderMs: z.coerce.number().int().positive().default(30_000),
});

export type ApiSettings = z.infer<typeof settings>;
export type ApiContext = ServiceContext<ApiSettings>;
