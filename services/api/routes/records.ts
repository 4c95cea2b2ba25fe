import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { EpochlogError } from '../../../kernel/errors.ts';
import { lookup } from '../../../kernel/texts.ts';
import { taskNamed } from '../../../tasks/registry.ts';
import { addList } from '../lists.ts';
import type { ApiContext } from '../settings.ts';
import { projectedTasks } from '../tasks.ts';
import { prediction, predictionsOf } from './predictions.ts';

const decision = z.enum(['accepted', 'deduplicated', 'rejected']);
const fields = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]))
  .describe('what the source said of it, by column');

const listed = z
  .object({
    recordId: z.string(),
    time: z.string().nullable(),
    fields,
    collectionId: z.string(),
    ingestedAt: z.string(),
    eventId: z.string(),
    decisions: z.array(decision).describe('of the curator, in the order in which the record came'),
  })
  .meta({ id: 'RecordItem' });

const sample = z.object({
  decision,
  target: z.string().nullable(),
  taskVersion: z.string().nullable(),
  duplicateOf: z.string().nullable(),
  matchedBy: z.string().nullable(),
  similarity: z.number().nullable(),
  reason: z.string().nullable(),
  detail: z.string().nullable(),
  decidedAt: z.string(),
  eventId: z.string(),
});

const record = listed.omit({ decisions: true }).extend({
  task: z.string(),
  taskVersion: z.string(),
  line: z.number().describe('of the source, from 1'),
});

const recordWithAll = record
  .extend({
    samples: z.array(sample).describe('what the curator decided, each time that the record came'),
    predictions: z.array(prediction).describe('the latest hundred'),
  })
  .meta({ id: 'Record' });

const PREDICTIONS = 100;

type Row = Record<string, unknown>;
/** The query gives the fields as the text of a JSON object. */
const withFields = <R extends Row>(row: R) => ({ ...row, fields: JSON.parse(String(row.fields)) });

export function addRoutes(app: FastifyInstance, { query }: ApiContext): void {
  const tags = ['records'];
  addList(app, query, {
    url: '/v1/records',
    errors: ['TASK_UNKNOWN'],
    operationId: 'listRecords',
    summary: 'Records of a task in the order of time, and what became of each as training material',
    tags,
    query: 'records/list',
    filters: {
      task: lookup,
      target: lookup.optional().describe('class or number that the sample has'),
      collectionId: lookup.optional(),
      decision: decision.optional(),
      from: z.iso.date().optional().describe('of this day or later'),
      to: z.iso.date().optional().describe('before this day'),
    },
    assertFound: async ({ task }) => void taskNamed(await projectedTasks(query), String(task)),
    item: listed,
    toItem: withFields,
    key: ['at', 'recordId', 'eventId'],
  });

  // the wildcard takes the slash of ids such as cs/9901001
  app.withTypeProvider<ZodTypeProvider>().route({
    method: 'GET',
    url: '/v1/records/:task/*',
    config: { errors: ['TASK_UNKNOWN'] },
    schema: {
      operationId: 'getRecord',
      summary: 'A record with the decisions and predictions made on it',
      tags,
      params: z.object({
        task: lookup,
        '*': lookup.meta({ description: 'id of the record', 'x-name': 'recordId' }),
      }),
      response: { 200: recordWithAll },
    },
    async handler({ params: { task, '*': recordId } }) {
      const [found] = await query<z.infer<typeof record>>('records/by-id', { task, recordId });
      if (!found) {
        taskNamed(await projectedTasks(query), task);
        throw new EpochlogError(
          'NOT_FOUND',
          `there is no record ${recordId} of ${task}; GET /v1/records lists those there are`,
        );
      }
      const [samples, predictions] = await Promise.all([
        query<z.infer<typeof sample>>('samples/by-record', { task, recordId }),
        predictionsOf(query, task, recordId, PREDICTIONS),
      ]);
      return { ...withFields(found), samples, predictions };
    },
  });
}
