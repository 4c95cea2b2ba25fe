import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { EpochlogError } from '../../../kernel/errors.ts';
import { newEvent } from '../../../kernel/event.ts';
import { declaration, identifier, lookup } from '../../../kernel/texts.ts';
import { declaredTask } from '../../../tasks/declared/declared.ts';
import { loadTasks } from '../../../tasks/load.ts';
import { type Tasks, taskNamed, withDeclared } from '../../../tasks/registry.ts';
import type { Task } from '../../../tasks/task.ts';
import { accepted, accept as acceptIn, idempotency } from '../accept.ts';
import type { ApiContext } from '../settings.ts';

const task = z.object({
  task: z.string(),
  version: z.string(),
  description: z.string(),
  declared: z.boolean().describe('false: it comes with epochlog'),
  fields: z.record(z.string(), z.record(z.string(), z.unknown())).describe('of an instance, by name'),
  target: z.record(z.string(), z.unknown()),
});

const shipped = await loadTasks();

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

  async function tasks(): Promise<Tasks> {
    const declared = await query<{ task: string; file: string }>('models/tasks', {});
    return declared.reduce<Tasks>((known, row) => withDeclared(known, shipped, row), shipped);
  }

  routes.get(
    '/v1/tasks',
    {
      schema: {
        summary: 'What models learn: the tasks that come with epochlog, and those that were declared',
        tags,
        response: { 200: z.object({ items: z.array(task) }) },
      },
    },
    async () => ({ items: [...(await tasks()).values()].map(toAnswer) }),
  );

  routes.get(
    '/v1/tasks/:task',
    {
      schema: {
        summary: 'A task: the fields of an instance, and its target',
        tags,
        params: z.object({ task: lookup }),
        response: { 200: task },
      },
    },
    async ({ params }) => toAnswer(taskNamed(await tasks(), params.task)),
  );

  routes.post(
    '/v1/tasks',
    {
      config: { errors: ['CONFLICT'] },
      schema: {
        summary: 'Declare a task, or change it',
        tags: ['requests'],
        body: z.strictObject({
          file: declaration.describe('the whole YAML file'),
          requestedBy: identifier.default('api'),
        }),
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
