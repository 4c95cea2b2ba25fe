import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { lookup } from '../../../kernel/texts.ts';
import { type ImpactRow, toldImpact } from '../../../ml/report/impact.ts';
import { PRODUCTION } from '../../../schemas/deployments/running.ts';
import { assertModelKnown } from '../found.ts';
import { addList } from '../lists.ts';
import type { ApiContext } from '../settings.ts';

const impact = z
  .object({
    sequence: z.string().describe('of the change among the events of the model'),
    change: z.enum(['promoted', 'rolled_back']),
    version: z.string().describe('that answers from then on'),
    before: z.string().describe('version that it replaced'),
    time: z.string(),
    reason: z.string(),
    requestedBy: z.string(),
    eventId: z.string(),
    test: z
      .object({ metric: z.string(), before: z.number(), after: z.number() })
      .nullable()
      .describe('both versions on the same samples of a test split; null: they were not measured so'),
    samplesBefore: z.number().describe('answers of the version before whose outcome came'),
    samplesAfter: z.number(),
    production: z
      .object({
        metric: z.enum(['accuracy', 'mae']),
        before: z.number(),
        after: z.number(),
        difference: z.number(),
        low: z.number().describe('of the 95 % interval of the difference'),
        high: z.number(),
        verdict: z.enum(['better', 'worse', 'unclear']),
      })
      .nullable()
      .describe('on those answers; null: too few have an outcome'),
  })
  .meta({ id: 'Impact' });

/** What each promotion changed. */
export function addRoutes(app: FastifyInstance, { query }: ApiContext): void {
  addList(app, query, {
    url: '/v1/models/:model/impact',
    operationId: 'listImpact',
    summary:
      'What each promotion and rollback of a model changed: quality before and after, with an interval',
    tags: ['monitoring'],
    query: 'quality/impact',
    path: z.object({ model: lookup }),
    assertFound: ({ model }) => assertModelKnown(query, String(model)),
    filters: {
      environment: lookup.default(PRODUCTION),
      days: z.coerce.number().int().min(1).max(3_650).default(30).describe('on both sides of the change'),
    },
    item: impact,
    key: ['sequence'],
    toItem: (row) => ({ ...toldImpact(row as ImpactRow & typeof row) }),
  });
}
