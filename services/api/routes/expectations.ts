import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { lookup } from '../../../kernel/texts.ts';
import { notFound } from '../found.ts';
import { addList } from '../lists.ts';
import type { ApiContext } from '../settings.ts';

const MAX_KNOWN = 100;

const expectation = z
  .object({
    number: z.number().describe('in the task file, from 1'),
    expectation: z.string(),
    severity: z.enum(['critical', 'warning']),
    holds: z.boolean(),
    share: z.number().describe('of the samples that break it; of a balance, of the rarest class'),
    bound: z.number().describe('that the share may reach; of a balance, must'),
    failed: z.number(),
    samples: z.number().describe('that it is about'),
    rows: z.array(z.string()).describe('ids of samples that break it, the first 20'),
  })
  .meta({ id: 'Expectation' });

/** How datasets met what their tasks expect. */
export function addRoutes(app: FastifyInstance, { query }: ApiContext): void {
  addList(app, query, {
    url: '/v1/datasets/:datasetId/expectations',
    operationId: 'listExpectations',
    summary: 'How a dataset, sealed or refused, met what its task expects of it',
    tags: ['training'],
    query: 'datasets/expectations',
    path: z.object({ datasetId: lookup }),
    async assertFound({ datasetId }) {
      const [found] = await query('datasets/by-id', { datasetId });
      if (found) return;
      const all = await query<{ datasetId: string }>('datasets/list', {
        model: null,
        after: [],
        limit: MAX_KNOWN,
      });
      throw notFound(
        'dataset',
        String(datasetId),
        all.map((one) => one.datasetId),
      );
    },
    item: expectation,
    key: ['number'],
  });
}
