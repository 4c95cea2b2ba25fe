import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { EpochlogError } from '../../../kernel/errors.ts';
import { newId } from '../../../kernel/ids.ts';
import { identifier, LIMITS, version } from '../../../kernel/texts.ts';
import { newEvent } from '../../../schemas/catalogue.ts';
import { SPLIT_STRATEGIES } from '../../../tasks/policies/splits.ts';
import { taskNamed } from '../../../tasks/registry.ts';
import { accepted, accept as acceptIn, idempotency } from '../accept.ts';
import { declaredModelOf, packagesOf, policyOf } from '../logged-models.ts';
import type { ApiContext } from '../settings.ts';
import { loggedTasks } from '../tasks.ts';
import { uploadedRecords, uploadOf } from '../uploads.ts';

const BODY_BYTES = 16 * 1024 * 1024;
const INT32 = 2 ** 31;

const day = z.iso.date().nullable().default(null);

const requestedBy = identifier.default('api');

const EXAMPLE_RECORD = {
  snapshot_id: 's-1',
  day: '2026-03-01',
  account_id: 'a-1',
  plan: 'team',
  seats: 12,
  logins_30d: 31,
  health: 'healthy',
};

const collection = z
  .strictObject({
    task: identifier.describe('what they are records of'),
    ...uploadedRecords,
    generated: z.boolean().default(false).describe('true when the data are generated, not real'),
    from: day.describe('only records of this day or later'),
    to: day.describe('only records before this day'),
    requestedBy,
  })
  .meta({
    id: 'CollectionRequest',
    example: {
      task: 'account-health',
      generated: true,
      records: [EXAMPLE_RECORD],
    },
  });

const share = z.number().gt(0).lt(1).optional();

const dataset = z
  .strictObject({
    model: identifier,
    datasetId: identifier.optional().describe('a new name; by default the API makes one'),
    extends: identifier
      .nullable()
      .default(null)
      .describe('dataset whose split assignments are kept, so that no test sample is ever trained on'),
    seed: z
      .int()
      .min(-INT32)
      .max(INT32 - 1)
      .optional()
      .describe('by default that of the model'),
    trainFraction: share.describe('of the samples; by default as the policy of the model says'),
    validationFraction: share.describe('likewise; the rest is the test split'),
    minimumPerClass: z
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .describe('samples that every class needs; likewise'),
    split: z.enum(SPLIT_STRATEGIES).optional().describe('how samples are divided; likewise'),
    folds: z.int().min(2).max(100).optional().describe('divide into so many folds'),
    fold: z.int().min(1).max(100).optional().describe('of these the one that is the test split, from 1'),
    reuse: z
      .boolean()
      .default(false)
      .describe(
        'whether a dataset of the same events, rules and code may stand for it (DatasetReused names it)',
      ),
    requestedBy,
  })
  .meta({ id: 'DatasetRequest', example: { model: 'account-health' } });

const records = z.strictObject(uploadedRecords);

/** What `epochlog evaluate` can look at besides the metrics. */
const examination = z.strictObject({
  edgeCases: records.optional().describe('labelled records that must not go wrong: a suite of their own'),
  outside: records.optional().describe('records of another kind: is the version less sure of them?'),
  windowMonths: z.int().min(1).max(999).default(3).describe('how long samples are recent'),
  groups: z
    .array(identifier)
    .max(LIMITS.parameters)
    .default([])
    .describe('fields whose groups are compared, or group; by default all categories and booleans'),
  robustness: z.boolean().default(false).describe('also with typos, gaps, noise and the like'),
  adversarial: z.boolean().default(false).describe('leave out words until the label flips'),
});

const evaluation = z
  .strictObject({
    model: identifier,
    version: version.optional().describe('to be measured; by default the one in production'),
    ...uploadedRecords,
    datasetId: identifier.optional().describe('or a sealed dataset: its test split'),
    baseline: version.optional().describe('version to compare it with, on the same samples'),
    includeTraining: z
      .boolean()
      .default(false)
      .describe('whether records that the version was trained on are measured too'),
    examination: examination.optional().describe('by default what costs no further predictions'),
    reuse: z
      .boolean()
      .default(true)
      .describe('whether the result of an earlier evaluation with the same inputs and code may stand for it'),
    requestedBy,
  })
  .meta({
    id: 'EvaluationRequest',
    example: {
      model: 'account-health',
      records: [EXAMPLE_RECORD],
    },
  });

/** Requests for data: to collect records, to seal a dataset, to measure a version. */
export function addRoutes(app: FastifyInstance, context: ApiContext): void {
  const { events, artifacts, clock } = context;
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const accept = acceptIn(context);
  const tags = ['requests'];
  /** of the aggregate that a request creates: the same where it is sent again under its key */
  const idFor = ({ 'idempotency-key': key }: z.infer<typeof idempotency>) =>
    `api-${key ?? newId(clock.now())}`;

  routes.post(
    '/v1/collections',
    {
      bodyLimit: BODY_BYTES,
      config: { role: 'operator', errors: ['CONFLICT', 'TASK_UNKNOWN'] },
      schema: {
        operationId: 'requestCollection',
        summary: 'Collect records: they are checked, cleaned and deduplicated, and become samples',
        tags,
        body: collection,
        headers: idempotency,
        response: { 202: accepted },
      },
    },
    async ({ body, headers }, reply) => {
      const { name: task } = taskNamed(await loggedTasks(events), body.task);
      const { digest: source, name: sourceName } = await uploadOf(body, artifacts);
      const { generated, from, to, requestedBy } = body;
      const collectionId = idFor(headers);
      const request = { collectionId, task, source, sourceName, generated, from, to, requestedBy };
      return accept(newEvent('CollectionRequested', request), headers, reply);
    },
  );

  routes.post(
    '/v1/datasets',
    {
      config: { role: 'operator', errors: ['CONFLICT', 'NOT_FOUND'] },
      schema: {
        operationId: 'requestDataset',
        summary: 'Seal the samples that a model can learn from as a dataset that never changes',
        tags,
        body: dataset,
        headers: idempotency,
        response: { 202: accepted },
      },
    },
    async ({ body, headers }, reply) => {
      const { model, datasetId = idFor(headers), extends: base, reuse, requestedBy, ...given } = body;
      assertOwnName(model, datasetId);
      const { task, seed: declaredSeed } = await declaredModelOf(events, model);
      const { policy } = await policyOf(events, model);
      const { training } = policy;
      const {
        seed = declaredSeed,
        trainFraction = training.trainFraction,
        validationFraction = training.validationFraction,
        minimumPerClass = training.minimumPerClass,
        split: strategy = training.split,
        folds = 0,
        fold = 0,
      } = given;
      assertFold(folds, fold, base);
      const divided = { split: strategy, folds, fold };
      const { minimumLabels, labelTies } = training;
      const rule = { minimumPerClass, minimumLabels, labelTies };
      const split = { seed, trainFraction, validationFraction, ...rule, ...divided };
      if (trainFraction + validationFraction >= 1) {
        throw new EpochlogError(
          'INPUT_INVALID',
          'body.validationFraction: with trainFraction it leaves nothing for the test split: their sum must be below 1',
        );
      }
      return accept(
        newEvent('DatasetRequested', { datasetId, model, task, extends: base, ...split, reuse, requestedBy }),
        headers,
        reply,
      );
    },
  );

  routes.post(
    '/v1/evaluations',
    {
      bodyLimit: BODY_BYTES,
      config: { role: 'operator', errors: ['CONFLICT', 'NOT_FOUND'] },
      schema: {
        operationId: 'requestEvaluation',
        summary: 'Measure a version on labelled records, or on the test split of a dataset',
        tags,
        body: evaluation,
        headers: idempotency,
        response: { 202: accepted },
      },
    },
    async ({ body, headers }, reply) => {
      const { model, baseline, includeTraining, datasetId = null, reuse, requestedBy } = body;
      await declaredModelOf(events, model);
      const packageOf = await packagesOf(events, model);
      const tested = packageOf(body.version);
      const data = await measuredOn(body);
      const request = {
        evaluationId: idFor(headers),
        model,
        ...tested,
        runId: null,
        datasetId,
        ...data,
        baseline: baseline === undefined ? null : packageOf(baseline),
        includeTraining,
        examination: body.examination ? await examinationOf(body.examination) : null,
        fold: null,
        reuse,
        requestedBy,
      };
      return accept(newEvent('EvaluationRequested', request), headers, reply);
    },
  );

  async function examinationOf({ edgeCases, outside, ...asked }: z.infer<typeof examination>) {
    const fileOf = async (name: string, given: z.infer<typeof records> | undefined) =>
      given ? uploadOf(given, artifacts, `body.examination.${name}`) : undefined;
    const [edges, others] = [await fileOf('edgeCases', edgeCases), await fileOf('outside', outside)];
    return {
      ...asked,
      ...{ edgeCases: edges?.digest ?? null, edgeCasesName: edges?.name ?? null },
      ...{ outside: others?.digest ?? null, outsideName: others?.name ?? null },
    };
  }

  async function measuredOn(body: z.infer<typeof evaluation>) {
    if (body.datasetId === undefined) {
      const { digest: data, name: dataName } = await uploadOf(body, artifacts);
      return { data, dataName };
    }
    if (body.records === undefined && body.file === undefined) return { data: null, dataName: null };
    throw new EpochlogError(
      'INPUT_INVALID',
      'body: give "records", a "file" or a "datasetId", one of the three',
    );
  }
}

function assertFold(folds: number, fold: number, base: string | null): void {
  if (folds === 0 && fold === 0) return;
  if (fold < 1 || fold > folds)
    throw new EpochlogError(
      'INPUT_INVALID',
      `body.fold: give folds and a fold from 1 to folds, not ${fold} of ${folds}`,
    );
  if (base !== null)
    throw new EpochlogError('INPUT_INVALID', 'body.extends: a fold keeps no splits: leave it out');
}

function assertOwnName(model: string, datasetId: string): void {
  if (!datasetId.startsWith(model) || !/^-d\d+$/.test(datasetId.slice(model.length))) return;
  throw new EpochlogError(
    'INPUT_INVALID',
    `body.datasetId: ${model}-d1, ${model}-d2 … are for the datasets of training plans: give another`,
  );
}
