import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { declaration, identifier, lookup } from '../../../kernel/texts.ts';
import { type EventReader, type LoggedEvent, newEvent } from '../../../schemas/catalogue.ts';
import { type PolicyInForce, withPolicy } from '../../../schemas/models/policy.ts';
import { DEFAULT_POLICY, parsePolicy } from '../../../tasks/policies/policy.ts';
import { taskNamed } from '../../../tasks/registry.ts';
import { accepted, accept as acceptIn, answer, idempotency } from '../accept.ts';
import { notFound } from '../found.ts';
import type { ApiContext } from '../settings.ts';
import { loggedTasks } from '../tasks.ts';

const SECTIONS = ['promotion', 'rollout', 'drift', 'quality', 'retraining', 'training', 'serving'] as const;
const section = z.record(z.string(), z.unknown());

const policy = z.object({
  model: z.string(),
  version: z.number().describe('0: the default'),
  promotion: section.describe('when a version replaces the one in production'),
  rollout: section.describe('how a promoted version gets its traffic'),
  drift: section.describe('when drift raises an alert'),
  quality: section.describe('when the metric on labelled predictions raises an alert'),
  retraining: section.describe('what triggers a training; durations in milliseconds'),
  training: section.describe('how the dataset of a training is sealed'),
  serving: section.describe('how answers are marked'),
  file: z.string().describe('the whole YAML file'),
  requestedBy: z.string().nullable(),
  changedAt: z.string().nullable(),
});

interface Row {
  version: number;
  file: string;
  /** the data of the event, in JSON */
  policy: string;
  requestedBy: string;
  changedAt: string;
}

/** The policy of a model: shown, and changed by its whole file. */
export function addRoutes(app: FastifyInstance, context: ApiContext): void {
  const { query, events } = context;
  const accept = acceptIn(context);
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const params = z.object({ model: lookup });

  routes.get(
    '/v1/models/:model/policy',
    {
      schema: {
        summary: 'The policy of a model as it is now',
        tags: ['models'],
        params,
        response: { 200: policy },
      },
    },
    async ({ params: { model } }) => {
      const [row] = await query<Row>('models/policies', { model, limit: 1 });
      if (!row) {
        await taskOf(events, model);
        return { model, ...DEFAULT_POLICY, requestedBy: null, changedAt: null };
      }
      const data = z
        .object(Object.fromEntries(SECTIONS.map((name) => [name, section])))
        .parse(JSON.parse(row.policy));
      const { version, file, requestedBy, changedAt } = row;
      return policy.parse({ model, version, ...data, file, requestedBy, changedAt });
    },
  );

  routes.put(
    '/v1/models/:model/policy',
    {
      schema: {
        summary: 'Change the policy of a model: what is decided from then on follows it',
        description:
          'The file that is in force already changes nothing: the answer is that of the request which put it in force.',
        tags: ['requests'],
        params,
        body: z.strictObject({
          file: declaration.describe('the whole YAML file'),
          requestedBy: identifier.default('api'),
        }),
        headers: idempotency,
        response: { 202: accepted },
      },
    },
    async ({ params: { model }, body: { file, requestedBy }, headers }, reply) => {
      const { target } = taskNamed(await loggedTasks(events), await taskOf(events, model));
      const parsed = parsePolicy('the file', file, target.type);
      const inForce = await policyChangeOf(events, model);
      if (inForce?.data.file === file) return answer(inForce, reply);
      return accept(newEvent('PolicyChanged', { model, ...parsed, file, requestedBy }), headers, reply);
    },
  );
}

/** The request that put the policy of a model in force; undefined while it is the default one. */
async function policyChangeOf(
  events: EventReader,
  model: string,
): Promise<LoggedEvent<'PolicyChanged'> | undefined> {
  let policy: PolicyInForce = DEFAULT_POLICY;
  let inForce: LoggedEvent<'PolicyChanged'> | undefined;
  for await (const event of events.scan(['PolicyChanged'])) {
    if (event.data.model !== model) continue;
    const after = withPolicy(policy, event.data);
    if (after !== policy) inForce = event;
    policy = after;
  }
  return inForce;
}

/** The task of a declared model. NOT_FOUND, with the nearest name, when it is not declared. */
async function taskOf(events: EventReader, model: string): Promise<string> {
  const tasks = new Map<string, string>();
  for await (const { data } of events.scan(['ModelDeclared'])) tasks.set(data.model, data.task);
  const task = tasks.get(model);
  if (task !== undefined) return task;
  throw notFound('model', model, tasks.keys());
}
