import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { EpochlogError } from '../../../kernel/errors.ts';
import { newId } from '../../../kernel/ids.ts';
import { suggestion } from '../../../kernel/nearest.ts';
import { identifier, LIMITS, lookup, reason, version } from '../../../kernel/texts.ts';
import { UNCERTAINTIES } from '../../../ml/curation/uncertainty.ts';
import { labelSet } from '../../../ml/label-sets.ts';
import { newEvent } from '../../../schemas/catalogue.ts';
import { classesIn, faultOfLabel, unknownClassIn } from '../../../tasks/labels.ts';
import { taskNamed } from '../../../tasks/registry.ts';
import type { Task } from '../../../tasks/task.ts';
import { accepted, accept as acceptIn, idempotency } from '../accept.ts';
import { addList } from '../lists.ts';
import { declaredModelOf, packagesOf } from '../logged-models.ts';
import type { ApiContext } from '../settings.ts';
import { loggedTasks, projectedTasks } from '../tasks.ts';

/** Each is one prediction. */
const MAX_CANDIDATES = 100_000;
const MAX_SEED = 2 ** 31 - 1;

const label = z.union([identifier, z.array(identifier).max(LIMITS.parameters), z.number()]);
const requestedBy = identifier.default('api');
const explanation = reason.or(z.literal('')).default('');
const count = z.number().int();

const about = {
  task: identifier,
  recordId: identifier.describe('of the sample, or of a record that lacks nothing but a label'),
};

const given = z
  .strictObject({
    ...about,
    label: label.describe('a class; of several labels a list; or a number'),
    explanation: explanation.describe('why'),
    expectedLabels: z
      .int()
      .min(0)
      .max(LIMITS.entries)
      .nullable()
      .default(null)
      .describe('`labels` of /v1/labels/next: refused where others have labelled it since'),
    newClass: z
      .boolean()
      .default(false)
      .describe(
        'whether it may be a class that no sample has, of a task whose classes are those of the data',
      ),
    requestedBy: requestedBy.describe('the annotator'),
  })
  .meta({ id: 'Labelling', example: { task: 'tickets', recordId: 't-17', label: 'billing' } });

const correction = z
  .strictObject({
    ...about,
    from: label.describe('the label that seems wrong: refused where it is another one now'),
    label: label.describe('the label instead'),
    confidence: z.number().min(0).max(1).nullable().default(null).describe('probability of the new label'),
    datasetId: identifier.nullable().default(null).describe('where it was suspected'),
    explanation: reason.describe('why'),
    requestedBy,
  })
  .meta({
    id: 'LabelCorrection',
    example: {
      task: 'tickets',
      recordId: 't-17',
      from: 'sales',
      label: 'billing',
      explanation: 'an invoice',
    },
  });

const undoing = z.strictObject({ ...about, explanation: reason.describe('why'), requestedBy }).meta({
  id: 'LabelCorrectionUndo',
  example: { task: 'tickets', recordId: 't-17', explanation: 'it was right' },
});

const queue = z
  .strictObject({
    model: identifier,
    queueId: identifier.optional().describe('a new name; by default the API makes one'),
    version: version.optional().describe('that is asked; by default the one in production'),
    measure: z.enum(UNCERTAINTIES).default('entropy').describe('of uncertainty'),
    includesLabelled: z
      .boolean()
      .default(false)
      .describe('also samples that have a label of their source, to be looked at again'),
    candidates: z
      .int()
      .min(1)
      .max(MAX_CANDIDATES)
      .default(5_000)
      .describe('samples that the version is asked about; those without a label first'),
    size: z.int().min(1).max(LIMITS.entries).default(200).describe('samples of the queue'),
    seed: z.int().min(0).max(MAX_SEED).default(42).describe('by which candidates are chosen'),
    requestedBy,
  })
  .meta({ id: 'LabelQueueRequest', example: { model: 'tickets' } });

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

/** Labels from people, corrections of labels, the queue of what is to be labelled, and how far annotators agree. */
export function addRoutes(app: FastifyInstance, context: ApiContext): void {
  const { query, events, clock } = context;
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const accept = acceptIn(context);
  const tags = ['labels'];
  const config = { role: 'operator', errors: ['CONFLICT', 'TASK_UNKNOWN'] } as const;
  const reads = { errors: ['TASK_UNKNOWN'] } as const;
  const response = { 202: accepted };

  routes.post(
    '/v1/labels',
    {
      config: { ...config, speaksForItself: true },
      schema: {
        operationId: 'labelSample',
        summary: 'Give a sample a label, or a record that lacks one',
        tags,
        body: given,
        headers: idempotency,
        response,
      },
    },
    async ({ body, headers }, reply) => {
      const { newClass, label: named, ...asked } = body;
      const task = taskNamed(await loggedTasks(events), asked.task);
      const target = targetOf(task, named, 'body.label');
      if (!newClass) await assertKnown(task, target);
      return accept(newEvent('SampleLabelled', { ...asked, target }), headers, reply);
    },
  );

  routes.post(
    '/v1/labels/corrections',
    {
      config,
      schema: {
        operationId: 'correctLabel',
        summary: 'Correct the label of a sample: the next dataset has the new one',
        tags,
        body: correction,
        headers: idempotency,
        response,
      },
    },
    async ({ body, headers }, reply) => {
      const { label: named, from, ...asked } = body;
      const task = taskNamed(await loggedTasks(events), asked.task);
      const labels = {
        target: targetOf(task, named, 'body.label'),
        from: targetOf(task, from, 'body.from'),
      };
      await assertKnown(task, labels.target);
      return accept(newEvent('LabelCorrectionRequested', { ...asked, ...labels }), headers, reply);
    },
  );

  routes.post(
    '/v1/labels/corrections/undo',
    {
      config,
      schema: {
        operationId: 'undoLabelCorrection',
        summary: 'Undo the correction of a label: that of its source counts again',
        tags,
        body: undoing,
        headers: idempotency,
        response,
      },
    },
    async ({ body, headers }, reply) => {
      taskNamed(await loggedTasks(events), body.task);
      return accept(newEvent('LabelCorrectionUndoRequested', body), headers, reply);
    },
  );

  routes.post(
    '/v1/labels/queues',
    {
      config: { role: 'operator', errors: ['CONFLICT', 'NOT_FOUND'] },
      schema: {
        operationId: 'requestLabelQueue',
        summary: 'Ask a version which samples it is least certain of: people label these next',
        tags,
        body: queue,
        headers: idempotency,
        response,
      },
    },
    async ({ body, headers }, reply) => {
      const { version: named, queueId = headers['idempotency-key'] ?? newId(clock.now()), ...asked } = body;
      await declaredModelOf(events, asked.model);
      const { version, package: digest } = (await packagesOf(events, asked.model))(named);
      const request = { ...asked, queueId, version, package: digest };
      return accept(newEvent('LabelQueueRequested', request), headers, reply);
    },
  );

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
      return { task: task.name, annotator, classes: await classesOf(task), queueId, items };
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

  /** Classes that a label may name: those of the task, or else those that there are. */
  async function classesOf(task: Task): Promise<readonly string[]> {
    if ('labels' in task.target && task.target.labels) return task.target.labels;
    const rows = await query<{ label: string }>('labels/classes', { task: task.name });
    return classesIn(
      task,
      rows.map(({ label }) => label),
    );
  }

  /** INPUT_INVALID for a class that no sample has: a misspelt one would be another class. */
  async function assertKnown(task: Task, label: string | number): Promise<void> {
    const known = await classesOf(task);
    const unknown = unknownClassIn(task, label, known);
    if (unknown === undefined) return;
    throw new EpochlogError(
      'INPUT_INVALID',
      `body.label: no sample of ${task.name} is '${unknown}'; ${suggestion(unknown, known)} Send newClass: true if it is a class of its own`,
    );
  }
}

/** INPUT_INVALID where the task cannot learn the label. */
function targetOf(task: Task, label: z.infer<typeof given>['label'], where: string): string | number {
  const target = Array.isArray(label) ? labelSet(label) : label;
  const isMisplaced = Array.isArray(label) && task.target.type !== 'multilabel';
  const fault = isMisplaced
    ? `${task.name} has one label for a sample, not a list`
    : faultOfLabel(task, target);
  if (fault === undefined) return target;
  throw new EpochlogError('INPUT_INVALID', `${where}: ${fault}`);
}

const fieldsIn = (json: string): Record<string, unknown> =>
  z.record(z.string(), z.unknown()).parse(JSON.parse(json));
