import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { assertRole } from '../../../kernel/access.ts';
import { newId } from '../../../kernel/ids.ts';
import {
  environment,
  hyperparameter,
  identifier,
  namedValues,
  reason,
  version,
} from '../../../kernel/texts.ts';
import { PURPOSES } from '../../../ml/training/seeds.ts';
import { type NewEvent, newEvent } from '../../../schemas/catalogue.ts';
import { versionBefore } from '../../../schemas/deployments/environments.ts';
import { PRODUCTION, targetOf } from '../../../schemas/deployments/running.ts';
import { assertCancellable } from '../../../schemas/runs/states.ts';
import { CHANGES, reportedRun } from '../../../tasks/reported-run.ts';
import { accepted, accept as acceptIn, idempotency } from '../accept.ts';
import { assertModelLogged, releasesOf } from '../logged-models.ts';
import type { ApiContext } from '../settings.ts';

const INT32 = 2 ** 31;

const asked = {
  model: identifier,
  reason: reason.default('asked for over HTTP'),
  requestedBy: identifier.default('api'),
};

const training = z
  .strictObject({
    ...asked,
    engine: identifier.nullable().default(null).describe('null: the declared one'),
    params: namedValues(hyperparameter).default({}).describe('hyperparameters, instead of those declared'),
    seed: z
      .int()
      .min(-INT32)
      .max(INT32 - 1)
      .nullable()
      .default(null),
    fromVersion: version
      .nullable()
      .default(null)
      .describe('the version whose weights training starts from; null: from the beginning'),
    seeds: z
      .partialRecord(
        z.enum(PURPOSES),
        z
          .int()
          .min(0)
          .max(INT32 - 1),
      )
      .default({})
      .meta({ maxProperties: PURPOSES.length })
      .describe('of what is drawn at random, where it is not to follow from `seed`'),
    checkpointEvery: z
      .int()
      .min(1)
      .max(INT32 - 1)
      .nullable()
      .default(null)
      .describe('epochs between two checkpoints; null: the setting of the trainer, a time'),
    keepBest: z
      .int()
      .min(0)
      .max(1_000)
      .nullable()
      .default(null)
      .describe('checkpoints that stay when the run has ended, those of its best epochs; null: 3'),
    reuse: z
      .boolean()
      .default(true)
      .describe(
        'whether the result of an earlier run with the same inputs, parameters, seeds and code may stand for it',
      ),
    promote: z.boolean().default(true).describe('false: the version is registered, and not promoted'),
    change: z
      .enum(CHANGES)
      .nullable()
      .default(null)
      .describe('what the version is; null: what has changed says it'),
  })
  .meta({ id: 'TrainingRequest' });

const cancellation = z
  .strictObject({ reason: asked.reason, requestedBy: asked.requestedBy })
  .meta({ id: 'RunCancelRequest' });

const promotion = z
  .strictObject({
    ...asked,
    version,
    expected: version
      .nullable()
      .default(null)
      .describe('version that must be in production, else it is refused; null: whichever is'),
    force: z.boolean().default(false).describe('true: also where it fails gates; that stays in the log'),
  })
  .meta({ id: 'PromotionRequest' });

const gates = z
  .strictObject({
    model: asked.model,
    version,
    target: environment.default('production').describe('environment that it is to go to'),
    requestedBy: asked.requestedBy,
  })
  .meta({ id: 'GatesRequest' });

const rollback = z
  .strictObject({
    ...asked,
    environment: environment.default(PRODUCTION).describe('in which the version before comes back'),
    to: version.nullable().default(null).describe('version that comes back; null: the one before'),
  })
  .meta({ id: 'RollbackRequest' });

const retirement = z.strictObject(asked).meta({ id: 'RetirementRequest' });

/** Requests that name the model they are about. */
type Asked =
  | 'TrainingPlanRequested'
  | 'RunReported'
  | 'GatesRequested'
  | 'PromotionRequested'
  | 'RollbackRequested'
  | 'RetirementRequested';

/** What people ask of models: each is one event, answered at once; what comes of it is read by its id. */
export function addRoutes(app: FastifyInstance, context: ApiContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const tags = ['requests'];
  const response = { 202: accepted };
  const config = { role: 'operator', errors: ['CONFLICT', 'NOT_FOUND'] } as const;

  const accept = acceptIn(context);

  /** A request about a model that exists; 404 at once for another. */
  async function ask(request: NewEvent<Asked>, headers: z.infer<typeof idempotency>, reply: FastifyReply) {
    await assertModelLogged(context.events, request.data.model);
    return accept(request, headers, reply);
  }

  routes.post(
    '/v1/trainings',
    {
      config,
      schema: {
        operationId: 'requestTraining',
        summary: 'Ask for a model to be trained on the samples there are',
        tags,
        body: training,
        headers: idempotency,
        response,
      },
    },
    ({ body, headers }, reply) => ask(newEvent('TrainingPlanRequested', body), headers, reply),
  );

  routes.post(
    '/v1/runs',
    {
      config,
      schema: {
        operationId: 'reportRun',
        summary: "Write a run of someone else's trainer that has ended",
        tags,
        body: reportedRun,
        headers: idempotency,
        response,
      },
    },
    ({ body, headers }, reply) =>
      ask(newEvent('RunReported', { ...body, requestedBy: body.requestedBy ?? 'api' }), headers, reply),
  );

  routes.post(
    '/v1/runs/:runId/cancel',
    {
      config,
      schema: {
        operationId: 'cancelRun',
        summary: 'Ask for a run that has not ended to be stopped',
        description: 'What comes of it, RunCancelled or RunCancelRefused, is an event of the run.',
        tags,
        params: z.object({ runId: identifier }),
        body: cancellation,
        headers: idempotency,
        response,
      },
    },
    async ({ params: { runId }, body, headers }, reply) => {
      await assertCancellable(context.events, runId, headers['idempotency-key']);
      return accept(newEvent('RunCancelRequested', { runId, ...body }), headers, reply);
    },
  );

  routes.post(
    '/v1/promotions',
    {
      config,
      schema: {
        operationId: 'requestPromotion',
        summary: 'Ask for a version to go into production',
        tags,
        body: promotion,
        headers: idempotency,
        response,
      },
    },
    ({ actor, body, headers }, reply) => {
      if (body.force && actor) assertRole(actor, 'approver', 'body.force, which leaves gates out,');
      return ask(newEvent('PromotionRequested', body), headers, reply);
    },
  );

  routes.post(
    '/v1/gates',
    {
      config,
      schema: {
        operationId: 'requestGates',
        summary: 'Ask whether a version passes the gates of its policy',
        description: 'The answer, GatesEvaluated, has every bound with its value.',
        tags,
        body: gates,
        headers: idempotency,
        response,
      },
    },
    ({ body, headers }, reply) => ask(newEvent('GatesRequested', body), headers, reply),
  );

  routes.post(
    '/v1/rollbacks',
    {
      config,
      schema: {
        operationId: 'requestRollback',
        summary: 'Ask for the version before to come back',
        description:
          'While a version is being deployed, a rollback without `to` ends the deployment, and production stays as it is. In ' +
          'another environment the version that was there before is deployed again.',
        tags,
        body: rollback,
        headers: idempotency,
        response,
      },
    },
    async ({ body: { environment, ...body }, headers }, reply) => {
      if (environment === PRODUCTION)
        return ask(newEvent('RollbackRequested', { ...body, from: null }), headers, reply);
      const { to, ...asked } = body;
      await assertModelLogged(context.events, body.model);
      const version = to ?? versionBefore(await releasesOf(context.events, body.model), environment);
      const deploymentId = headers['idempotency-key'] ?? newId(context.clock.now());
      const target = targetOf(body.model, environment);
      const request = { ...asked, environment, target, deploymentId, version, strategy: 'blue-green' };
      return accept(newEvent('DeploymentRequested', request), headers, reply);
    },
  );

  routes.post(
    '/v1/retirements',
    {
      config: { ...config, role: 'approver' },
      schema: {
        operationId: 'requestRetirement',
        summary: 'Ask for a model to be served and trained no more',
        tags,
        body: retirement,
        headers: idempotency,
        response,
      },
    },
    ({ body, headers }, reply) => ask(newEvent('RetirementRequested', body), headers, reply),
  );
}
