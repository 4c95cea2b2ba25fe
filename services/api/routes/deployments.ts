import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { newId } from '../../../kernel/ids.ts';
import { environment, identifier, lookup, reason, version } from '../../../kernel/texts.ts';
import { newEvent } from '../../../schemas/catalogue.ts';
import { PRODUCTION, targetOf } from '../../../schemas/deployments/running.ts';
import { accepted, accept as acceptIn, idempotency } from '../accept.ts';
import { assertModelKnown } from '../found.ts';
import { addList } from '../lists.ts';
import { assertModelLogged } from '../logged-models.ts';
import type { ApiContext } from '../settings.ts';

const asked = {
  model: identifier,
  environment: environment.default(PRODUCTION),
  reason: reason.default('asked for over HTTP'),
  requestedBy: identifier.default('api'),
};

const deployment = z
  .strictObject({
    ...asked,
    version,
    strategy: z
      .enum(['immediate', 'blue-green', 'canary', 'shadow'])
      .nullable()
      .default(null)
      .describe('null: as the policy of the model says'),
  })
  .meta({
    id: 'DeploymentRequest',
    example: { model: 'account-health', version: 'v1.0.0', strategy: 'canary' },
  });

const abortion = z.strictObject(asked).meta({
  id: 'DeploymentAbortRequest',
  example: { model: 'account-health', reason: 'slow answers' },
});

const check = z.object({
  name: z.string(),
  verdict: z.string().describe('pass, hold or fail'),
  candidate: z.number().nullable(),
  production: z.number().nullable(),
  limit: z.number().nullable(),
  pValue: z.number().nullable().describe('valid however often it was looked at'),
  reason: z.string(),
});

const change = z.object({
  deploymentId: z.string(),
  environment: z.string(),
  change: z
    .enum(['started', 'shifted', 'passed', 'failed', 'completed', 'rolled_back', 'refused', 'tripped'])
    .describe('tripped: the guard of production'),
  version: z.string().nullable(),
  previous: z.string().nullable(),
  strategy: z.string().nullable(),
  stages: z.array(z.number()).describe('per cent of the traffic'),
  stage: z.number().nullable(),
  share: z.number().nullable().describe('per cent of the traffic'),
  measurementId: z.string().nullable(),
  checks: z.array(check),
  code: z.string().nullable(),
  reason: z.string().nullable(),
  requestedBy: z.string().nullable(),
  policyVersion: z.number().describe('of the policy that was followed; 0: the default'),
  sequence: z.number(),
  time: z.string(),
  instant: z.string(),
  eventId: z.string(),
});

/** Deployments: how a version gets the traffic of a model. */
export function addRoutes(app: FastifyInstance, context: ApiContext): void {
  const { query, clock } = context;
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const accept = acceptIn(context);
  const config = { role: 'operator', errors: ['CONFLICT', 'NOT_FOUND'] } as const;
  const params = z.object({ model: lookup });

  routes.post(
    '/v1/deployments',
    {
      config,
      schema: {
        operationId: 'requestDeployment',
        summary: 'Ask for a version to be given the traffic of its model, stage by stage',
        tags: ['requests'],
        body: deployment,
        headers: idempotency,
        response: { 202: accepted },
      },
    },
    async ({ body, headers }, reply) => {
      await assertModelLogged(context.events, body.model);
      const deploymentId = headers['idempotency-key'] ?? newId(clock.now());
      const target = targetOf(body.model, body.environment);
      return accept(newEvent('DeploymentRequested', { ...body, target, deploymentId }), headers, reply);
    },
  );

  routes.post(
    '/v1/deployments/abort',
    {
      config,
      schema: {
        operationId: 'abortDeployment',
        summary:
          'Ask for the running deployment of a model to end: the version before has all the traffic again',
        tags: ['requests'],
        body: abortion,
        headers: idempotency,
        response: { 202: accepted },
      },
    },
    async ({ body, headers }, reply) => {
      await assertModelLogged(context.events, body.model);
      const target = targetOf(body.model, body.environment);
      return accept(newEvent('DeploymentAbortRequested', { ...body, target }), headers, reply);
    },
  );

  addList(app, query, {
    url: '/v1/models/:model/deployments',
    operationId: 'listDeployments',
    summary: 'What happened to the deployments of a model, the newest first',
    tags: ['models'],
    query: 'deployments/history',
    path: params,
    assertFound: ({ model }) => assertModelKnown(query, String(model)),
    item: change,
    key: ['sequence', 'eventId'],
  });
}
