import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { lookup } from '../../../kernel/texts.ts';
import { taskNamed } from '../../../tasks/registry.ts';
import { classesOf } from '../labels.ts';
import { addList } from '../lists.ts';
import type { ApiContext } from '../settings.ts';
import { projectedTasks } from '../tasks.ts';

const count = z.number().int();

const nextItem = z.object({
  recordId: z.string(),
  fields: z.record(z.string(), z.unknown()).describe('of the record, as its source gave them'),
  labels: count.describe('people who have labelled it'),
  suggested: z.string().nullable().describe('what a model would answer; null: it was not asked'),
  confidence: z.number().nullable().describe('of that model'),
  uncertainty: z.number().nullable().describe('0 to 1, by which the queue is ordered'),
});

const next = z
  .object({
    task: z.string(),
    annotator: z.string(),
    classes: z.array(z.string()).readonly().describe('labels that may be given; empty for a number'),
    queueId: z
      .string()
      .nullable()
      .describe('the queue that a model made; null: in an order of the annotator'),
    items: z.array(nextItem),
  })
  .meta({ id: 'LabelQueueNext' });

const agreement = z
  .object({
    method: z.enum(['cohen', 'fleiss']).describe("Cohen's kappa of two annotators, or Fleiss' of all"),
    annotators: count.describe('of each of these samples'),
    pair: z.array(z.string()).describe('the two annotators; empty of all'),
    samples: count,
    agreement: z.number().describe('share of the pairs of labels of a sample that are the same'),
    chance: z.number().describe('the share that would be so by chance'),
    kappa: z.number().nullable().describe('1 always, 0 as by chance; null where only one label was given'),
  })
  .meta({ id: 'LabelAgreement' });

const CHANGES = ['labelled', 'corrected', 'undone', 'source'] as const;

const change = z
  .object({
    task: z.string(),
    recordId: z.string(),
    change: z.enum(CHANGES).describe('source: the record came again with another label'),
    target: z.string().nullable().describe('the label from then on'),
    previous: z.string().nullable().describe('the label that was corrected'),
    original: z.string().nullable().describe('label of the source; null: it has none'),
    requestedBy: z.string().describe('the annotator, or who asked'),
    explanation: z.string(),
    confidence: z.number().nullable(),
    datasetId: z.string().nullable(),
    changedAt: z.string(),
    eventId: z.string(),
  })
  .meta({ id: 'LabelChange' });

interface NextRow {
  recordId: string;
  fields: string;
  labels: number;
  suggested: string | null;
  confidence: number | null;
  uncertainty: number | null;
  queueId: string | null;
}

/** What is to be labelled next, the labels there are, and how far annotators agree. */
export function addRoutes(app: FastifyInstance, { query }: ApiContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const tags = ['labels'];
  const reads = { errors: ['TASK_UNKNOWN'] } as const;

  routes.get(
    '/v1/labels/next',
    {
      config: reads,
      schema: {
        operationId: 'nextToLabel',
        summary: 'What an annotator is to label next, the most uncertain first',
        tags,
        querystring: z.strictObject({
          task: lookup,
          annotator: lookup
            .optional()
            .describe('who labels: what they have labelled is left out; by default whom the token names'),
          annotators: z.coerce
            .number()
            .int()
            .min(1)
            .max(100)
            .default(1)
            .describe('so many people are to label each: what has so many labels is left out'),
          limit: z.coerce.number().int().min(1).max(100).default(1),
        }),
        response: { 200: next },
      },
    },
    async ({ query: asked, actor }) => {
      const task = taskNamed(await projectedTasks(query), asked.task);
      const named = actor && actor.by !== 'development' ? actor.name : 'api'; // as for what has no requestedBy
      const { annotator = named } = asked;
      const rows = await query<NextRow>('labels/next', { ...asked, annotator });
      const items = rows.map(({ fields, queueId: _, ...row }) => ({ ...row, fields: fieldsIn(fields) }));
      const queueId = rows[0]?.queueId ?? null;
      return { task: task.name, annotator, classes: await classesOf(query, task), queueId, items };
    },
  );

  routes.get(
    '/v1/labels/agreement',
    {
      config: reads,
      schema: {
        operationId: 'getLabelAgreement',
        summary: 'How far the annotators of a task agree',
        tags,
        querystring: z.strictObject({ task: lookup }),
        response: { 200: z.object({ items: z.array(agreement) }).meta({ id: 'LabelAgreements' }) },
      },
    },
    async ({ query: { task } }) => {
      taskNamed(await projectedTasks(query), task);
      return { items: z.array(agreement).parse(await query('labels/agreement', { task })) };
    },
  );

  addList(app, query, {
    url: '/v1/labels',
    operationId: 'listLabels',
    summary: 'Labels that people gave, and corrections, the newest first',
    tags,
    query: 'labels/list',
    filters: {
      task: lookup.optional(),
      recordId: lookup.optional(),
      annotator: lookup.optional(),
      change: z.enum(CHANGES).optional(),
    },
    item: change,
    key: ['changedAt', 'eventId'],
  });
}

const fieldsIn = (json: string): Record<string, unknown> =>
  z.record(z.string(), z.unknown()).parse(JSON.parse(json));
