import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { newId } from '../../../kernel/ids.ts';
import { identifier, LIMITS, reason, version } from '../../../kernel/texts.ts';
import { UNCERTAINTIES } from '../../../ml/curation/uncertainty.ts';
import { newEvent } from '../../../schemas/catalogue.ts';
import { QUEUE_DEFAULTS } from '../../../schemas/labelqueues/defaults.ts';
import { taskNamed } from '../../../tasks/registry.ts';
import { accepted, accept as acceptIn, idempotency } from '../accept.ts';
import { assertKnown, label, targetOf } from '../labels.ts';
import { declaredModelOf, packagesOf } from '../logged-models.ts';
import type { ApiContext } from '../settings.ts';
import { loggedTasks } from '../tasks.ts';

/** Each is one prediction. */
const MAX_CANDIDATES = 100_000;
const MAX_SEED = 2 ** 31 - 1;

const requestedBy = identifier.default('api');
const explanation = reason.or(z.literal('')).default('');
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
    measure: z.enum(UNCERTAINTIES).default(QUEUE_DEFAULTS.measure).describe('of uncertainty'),
    includesLabelled: z
      .boolean()
      .default(false)
      .describe('also samples that have a label of their source, to be looked at again'),
    candidates: z
      .int()
      .min(1)
      .max(MAX_CANDIDATES)
      .default(QUEUE_DEFAULTS.candidates)
      .describe('samples that the version is asked about; those without a label first'),
    size: z.int().min(1).max(LIMITS.entries).default(QUEUE_DEFAULTS.size).describe('samples of the queue'),
    seed: z
      .int()
      .min(0)
      .max(MAX_SEED)
      .default(QUEUE_DEFAULTS.seed)
      .describe('by which candidates are chosen'),
    requestedBy,
  })
  .meta({ id: 'LabelQueueRequest', example: { model: 'tickets' } });

/** People give labels, correct them, and ask for a queue of what to label. */
export function addRoutes(app: FastifyInstance, context: ApiContext): void {
  const { query, events, clock } = context;
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const accept = acceptIn(context);
  const tags = ['labels'];
  const config = { role: 'operator', errors: ['CONFLICT', 'TASK_UNKNOWN'] } as const;
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
      if (!newClass) await assertKnown(query, task, target);
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
      await assertKnown(query, task, labels.target);
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
}
