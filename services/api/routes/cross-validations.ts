import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { EpochlogError } from '../../../kernel/errors.ts';
import { newId } from '../../../kernel/ids.ts';
import { hyperparameter, identifier, LIMITS, lookup, namedValues } from '../../../kernel/texts.ts';
import { FOLD_KINDS, MAX_FOLDS } from '../../../ml/dataset/cross-validation.ts';
import { newEvent } from '../../../schemas/catalogue.ts';
import { accepted, accept as acceptIn, idempotency } from '../accept.ts';
import { notFound } from '../found.ts';
import { addList } from '../lists.ts';
import { declaredModelOf } from '../logged-models.ts';
import type { ApiContext } from '../settings.ts';

const kind = z
  .enum(FOLD_KINDS)
  .describe(
    'stratified: each class evenly; grouped: what has one value of a column stays together; time: tested on later ones than learnt from',
  );

const request = z
  .strictObject({
    crossValidationId: identifier.optional().describe('a new id; by default the API makes one'),
    model: identifier,
    datasetId: identifier.nullable().default(null).describe('null: the newest dataset of the model'),
    folds: z.int().min(2).max(MAX_FOLDS).describe('how many'),
    kind: kind.default('random'),
    column: z
      .string()
      .min(1)
      .max(LIMITS.identifier)
      .nullable()
      .default(null)
      .describe('of grouped folds: a field, or group for the group of the record'),
    engine: identifier.nullable().default(null).describe('null: that of the model'),
    seed: z
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .nullable()
      .default(null)
      .describe('of the folds and of each training; null: that of the model'),
    params: namedValues(hyperparameter).default({}).describe('go before those of the model'),
    reuse: z
      .boolean()
      .default(true)
      .describe(
        'whether earlier trainings and evaluations with the same inputs and code may stand for those of the folds',
      ),
    requestedBy: identifier.default('api'),
  })
  .meta({
    id: 'CrossValidationRequest',
    example: { model: 'account-health', folds: 5, kind: 'stratified' },
  });

const crossValidation = z
  .object({
    crossValidationId: z.string(),
    status: z.enum(['running', 'completed', 'failed']),
    model: z.string(),
    datasetId: z.string().nullable(),
    engine: z.string().nullable(),
    seed: z.number().nullable(),
    params: z.record(z.string(), hyperparameter),
    folds: z.number().nullable(),
    kind: z.string().nullable(),
    column: z.string().nullable(),
    runIds: z.array(z.string()).describe('of the folds, in their order'),
    samples: z.number().nullable().describe('measured in all folds together'),
    primaryMetric: z.string().nullable(),
    summary: z
      .array(
        z.object({
          metric: z.string(),
          mean: z.number(),
          std: z.number().describe('over the folds, with n - 1'),
          min: z.number(),
          max: z.number(),
          perFold: z.array(z.number()),
        }),
      )
      .describe('each metric over the folds, the primary one first; empty until all are measured'),
    code: z.string().nullable().describe('why it failed'),
    reason: z.string().nullable(),
    requestedBy: z.string().nullable(),
    startedAt: z.string(),
    endedAt: z.string().nullable(),
  })
  .meta({ id: 'CrossValidation' });

/** Hyperparameters are JSON in the projection. */
type Row = Omit<z.infer<typeof crossValidation>, 'params'> & { params: Readonly<Record<string, string>> };

const toItem = (row: Row): z.infer<typeof crossValidation> => ({
  ...row,
  params: Object.fromEntries(Object.entries(row.params).map(([name, value]) => [name, JSON.parse(value)])),
});

/** Evaluations of a configuration in folds: asked for, and what they found. */
export function addRoutes(app: FastifyInstance, context: ApiContext): void {
  const { query, clock, events } = context;
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const accept = acceptIn(context);

  routes.post(
    '/v1/cross-validations',
    {
      config: { role: 'operator', errors: ['CONFLICT', 'NOT_FOUND', 'ENGINE_UNKNOWN'] },
      schema: {
        operationId: 'requestCrossValidation',
        summary: 'Evaluate a configuration in folds: train and measure it several times',
        description:
          'The training and the validation split of a dataset are divided; its test split stays for versions. No version comes of it.',
        tags: ['requests'],
        body: request,
        headers: idempotency,
        response: { 202: accepted },
      },
    },
    async ({ body, headers }, reply) => {
      const { kind: foldKind, crossValidationId: id, ...asked } = body;
      await declaredModelOf(events, body.model);
      if ((body.column !== null) !== (foldKind === 'grouped'))
        throw new EpochlogError('INPUT_INVALID', 'body.column: it is of grouped folds, and they need one');
      const crossValidationId = id ?? `api-${headers['idempotency-key'] ?? newId(clock.now())}`;
      return accept(
        newEvent('CrossValidationRequested', { ...asked, crossValidationId, foldKind }),
        headers,
        reply,
      );
    },
  );

  addList(app, query, {
    url: '/v1/cross-validations',
    operationId: 'listCrossValidations',
    summary: 'Evaluations of configurations in folds, the newest first',
    tags: ['training'],
    query: 'crossvalidations/list',
    filters: { model: lookup.optional() },
    item: crossValidation,
    key: ['startedAt', 'crossValidationId'],
    toItem: (row) => toItem(row as Row),
  });

  routes.get(
    '/v1/cross-validations/:crossValidationId',
    {
      config: { errors: ['NOT_FOUND'] },
      schema: {
        operationId: 'getCrossValidation',
        summary: 'An evaluation of a configuration in folds: mean, deviation and each fold',
        tags: ['training'],
        params: z.object({ crossValidationId: lookup }),
        response: { 200: crossValidation },
      },
    },
    async ({ params }) => {
      const [found] = await query<Row>('crossvalidations/by-id', params);
      if (found) return toItem(found);
      const latest = await query<Row>('crossvalidations/list', { model: null, after: [], limit: 1_000 });
      throw notFound(
        'cross-validation',
        params.crossValidationId,
        latest.map((row) => row.crossValidationId),
      );
    },
  );
}
