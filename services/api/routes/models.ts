import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { hyperparameter, lookup } from '../../../kernel/texts.ts';
import { newEvent } from '../../../schemas/catalogue.ts';
import { ALERT_CAUSES } from '../../../schemas/vocabularies.ts';
import { declaredModel } from '../../../tasks/models.ts';
import { assertTrainable } from '../../../tasks/trainable.ts';
import { accepted, accept as acceptIn, declarationBody, idempotency } from '../accept.ts';
import { modelNotFound } from '../found.ts';
import { addList } from '../lists.ts';
import type { ApiContext } from '../settings.ts';
import { loggedTasks } from '../tasks.ts';

const declared = z
  .object({
    model: z.string(),
    production: z.string().nullable().describe('the version in production; null when none is'),
    environments: z
      .record(z.string(), z.string())
      .describe('the version in each other environment, such as staging'),
    version: z.string().describe('of the declaration'),
    task: z.string(),
    engine: z.string(),
    parameters: z.record(z.string(), hyperparameter),
    seed: z.number(),
    owner: z.string(),
    description: z.string(),
    intendedUse: z.string(),
    limits: z.string(),
    licence: z.string(),
    file: z.string().describe('the whole YAML file'),
    requestedBy: z.string(),
    declaredAt: z.string(),
  })
  .meta({ id: 'Model' });

type Row = Readonly<Record<string, unknown>>;

export function addRoutes(app: FastifyInstance, context: ApiContext): void {
  const { query, events } = context;
  const accept = acceptIn(context);
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const params = z.object({ model: lookup });
  const tags = ['models'];
  app.measureModels(() => query('models/gauges', { causes: ALERT_CAUSES }));
  const toDeclared = (row: Row) => ({ ...row, parameters: JSON.parse(String(row.parameters)) });

  routes.post(
    '/v1/models',
    {
      config: { role: 'operator', errors: ['CONFLICT', 'TASK_UNKNOWN', 'ENGINE_UNKNOWN'] },
      schema: {
        operationId: 'declareModel',
        summary: 'Declare a model, or change how it is trained from now on',
        tags: ['requests'],
        body: declarationBody(
          'ModelDeclaration',
          'model: healthy-accounts\ntask: account-health\nengine: trees\n',
        ),
        headers: idempotency,
        response: { 202: accepted },
      },
    },
    async ({ body: { file, requestedBy }, headers }, reply) => {
      const model = declaredModel('the file', file);
      assertTrainable(model, await loggedTasks(events));
      return accept(newEvent('ModelDeclared', { ...model, requestedBy }), headers, reply);
    },
  );

  routes.get(
    '/v1/models/:model',
    {
      schema: {
        operationId: 'getModel',
        summary: 'A model as it is declared now, and its version in production',
        tags,
        params,
        response: { 200: declared },
      },
    },
    async ({ params: { model } }) => {
      const [found] = await query<Row>('models/declared', { model, limit: 1 });
      if (found) return toDeclared(found) as z.infer<typeof declared>;
      throw await modelNotFound(query, model);
    },
  );

  addList(app, query, {
    url: '/v1/models',
    operationId: 'listModels',
    summary: 'The models that are declared, each as it is now',
    tags,
    query: 'models/declared',
    filters: { model: lookup.optional() },
    item: declared,
    toItem: toDeclared,
    key: ['model'],
  });
}
