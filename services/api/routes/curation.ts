import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { lookup } from '../../../kernel/texts.ts';
import { taskNamed } from '../../../tasks/registry.ts';
import { addList } from '../lists.ts';
import type { ApiContext } from '../settings.ts';
import { projectedTasks } from '../tasks.ts';

const count = z.number().int();
const counts = z.record(z.string(), count);

const funnel = z
  .object({
    task: z.string(),
    lines: count.describe('of all collections; records that came again are not among them'),
    unreadable: counts.describe('lines that hold no record of the task, by code'),
    rejected: counts.describe('records that the curator rejected, by reason'),
    deduplicated: counts.describe('records that repeat another, by how that was found'),
    accepted: count,
  })
  .meta({ id: 'Funnel' });

const duplicate = z
  .object({
    recordId: z.string(),
    duplicateOf: z.string().nullable(),
    matchedBy: z.string().nullable().describe('how it was found'),
    similarity: z
      .number()
      .nullable()
      .describe('1, or of a near-duplicate the Jaccard similarity of the shingles'),
    decidedAt: z.string(),
    eventId: z.string(),
  })
  .meta({ id: 'DuplicateItem' });

interface Row {
  step: 'unreadable' | 'accepted' | 'deduplicated' | 'rejected';
  what: string;
  records: number;
}

const STATUSES = ['requested', 'running', 'completed', 'failed'] as const;

const collection = z
  .object({
    collectionId: z.string(),
    task: z.string(),
    status: z.enum(STATUSES),
    records: count.describe('read so far'),
    rejected: count.describe('lines or answers that hold no record'),
    total: count.nullable().describe('that a remote source says there are, an estimate'),
    source: z.string().describe('name of the file; empty of a remote source'),
    reason: z.string().nullable().describe('why it failed'),
    requestedAt: z.string(),
    startedAt: z.string().nullable(),
    endedAt: z.string().nullable(),
  })
  .meta({ id: 'CollectionItem' });

/** What became of the records of a task on their way to a dataset. */
export function addRoutes(app: FastifyInstance, { query }: ApiContext): void {
  const tags = ['records'];
  const assertTask = async (task: string) => void taskNamed(await projectedTasks(query), task);

  addList(app, query, {
    url: '/v1/collections',
    operationId: 'listCollections',
    summary: 'Collections of records, the newest first, with how far each is',
    tags,
    query: 'records/collections',
    filters: { task: lookup.optional(), status: z.enum(STATUSES).optional() },
    item: collection,
    key: ['requestedAt', 'collectionId'],
  });

  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/tasks/:task/funnel',
    {
      config: { errors: ['TASK_UNKNOWN'] },
      schema: {
        operationId: 'getFunnel',
        summary: 'How many records of a task came how far: read, accepted, and why not',
        tags,
        params: z.object({ task: lookup }),
        response: { 200: funnel },
      },
    },
    async ({ params: { task } }) => {
      await assertTask(task);
      const rows = await query<Row>('samples/funnel', { task });
      const of = (step: Row['step']) =>
        Object.fromEntries(
          rows.filter((row) => row.step === step).map(({ what, records }) => [what, records]),
        );
      return {
        task,
        lines: rows.reduce((sum, { records }) => sum + records, 0),
        unreadable: of('unreadable'),
        rejected: of('rejected'),
        deduplicated: of('deduplicated'),
        accepted: rows.find(({ step }) => step === 'accepted')?.records ?? 0,
      };
    },
  );

  addList(app, query, {
    url: '/v1/tasks/:task/duplicates',
    errors: ['TASK_UNKNOWN'],
    operationId: 'listDuplicates',
    summary: 'Records that repeat others, the newest decision first',
    tags,
    query: 'samples/duplicates',
    path: z.object({ task: lookup }),
    filters: { matchedBy: lookup.optional() },
    assertFound: ({ task }) => assertTask(String(task)),
    item: duplicate,
    key: ['decidedAt', 'eventId'],
  });
}
