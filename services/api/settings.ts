import { z } from 'zod';
import type { ServiceContext } from '../../kernel/service.ts';

export const settings = z.object({
  /** limits of SQL that a user sends to POST /v1/query */
  querySeconds: z.coerce.number().positive().default(10),
  queryRows: z.coerce.number().int().positive().default(10_000),
  queryMegabytes: z.coerce.number().positive().default(200),
  /** an idle stream of events shows that often that it is alive */
  heartbeatMs: z.coerce.number().int().positive().default(15_000),
});

export type ApiSettings = z.infer<typeof settings>;
export type ApiContext = ServiceContext<ApiSettings>;
