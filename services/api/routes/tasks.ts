import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { EpochlogError } from '../../../kernel/errors.ts';
import { lookup } from '../../../kernel/texts.ts';
import { jsonSchemaOf } from '../../../ml/instance/json-schema.ts';
import { newEvent } from '../../../schemas/catalogue.ts';
import { declaredTask } from '../../../tasks/declared/declared.ts';
import { taskNamed } from '../../../tasks/registry.ts';
import type { Task } from '../../../tasks/task.ts';
import { accepted, accept as acceptIn, declarationBody, idempotency } from '../accept.ts';
import { examplesOf } from '../examples.ts';
import { pageAt, pageOf, pageQuery } from '../lists.ts';
import type { ApiContext } from '../settings.ts';
import { documentedInstances, projectedTasks, shipped } from '../tasks.ts';

const task = z
  .object({
    task: z.string(),
    version: z.string(),
    description: z.string(),
    declared: z.boolean().describe('false: it comes with epochlog'),
    fields: z.record(z.string(), z.record(z.string(), z.unknown())).describe('of an instance, by name'),
    target: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Task' });

const toAnswer = ({ name, version, description, schema, target }: Task): z.infer<typeof task> => ({
  task: name,
  version,
  description,
  declared: !shipped.has(name),
  fields: schema.fields,
  target: { ...target },
});

export function addRoutes(app: FastifyInstance, context: ApiContext): void {
  const { query } = context;
  const accept = acceptIn(context);
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const tags = ['tasks'];

  const tasks = () => projectedTasks(query);
  app.describeInstances(async () => {
    const known = await tasks();
    const { names, bodies } = await examplesOf(query, known);
    return { instances: documentedInstances(known), names, bodies };
  });

  routes.get(
    '/v1/tasks',
    {
      schema: {
        operationId: 'listTasks',
        summary: 'What models learn: the tasks that come with epochlog, and those that were declared',
        tags,
        querystring: z.object(pageQuery),
        response: { 200: pageOf(task) },
      },
    },
    async ({ query }) => {
      const all = Array.from((await tasks()).values(), toAnswer);
      return pageAt(all, ({ task }) => task, 'tasks', query);
    },
  );

  routes.get(
    '/v1/tasks/:task',
    {
      schema: {
        operationId: 'getTask',
        summary: 'A task: the fields of an instance, and its target',
        tags,
        params: z.object({ task: lookup }),
        response: { 200: task },
      },
    },
    async ({ params }) => toAnswer(taskNamed(await tasks(), params.task)),
  );

  routes.get(
    '/v1/tasks/:task/schema',
    {
      schema: {
        operationId: 'getInstanceSchema',
        summary: 'The JSON Schema of an instance of a task: what `instance` of POST /v1/predict has to be',
        tags,
        params: z.object({ task: lookup }),
        response: { 200: z.record(z.string(), z.unknown()) },
      },
    },
    async ({ params }) => {
      const { name, description, schema } = taskNamed(await tasks(), params.task);
      const $schema = 'https://json-schema.org/draft/2020-12/schema';
      return { $schema, title: `an instance of ${name}`, description, ...jsonSchemaOf(schema) };
    },
  );

  routes.post(
    '/v1/tasks',
    {
      config: { role: 'operator', errors: ['CONFLICT'] },
      schema: {
        operationId: 'declareTask',
        summary: 'Declare a task, or change it',
        tags: ['requests'],
        body: declarationBody(
          'TaskDeclaration',
          'task: tickets\nkind: text\ntarget: { column: queue, classes: from data }\ntext: [subject]\n',
        ),
        headers: idempotency,
        response: { 202: accepted },
      },
    },
    ({ body: { file, requestedBy }, headers }, reply) => {
      const { name, version } = declaredTask('the file', file);
      if (shipped.has(name)) {
        throw new EpochlogError(
          'CONFLICT',
          `${name} is a task that comes with epochlog: give yours another name`,
        );
      }
      return accept(newEvent('TaskDeclared', { task: name, version, file, requestedBy }), headers, reply);
    },
  );
}
