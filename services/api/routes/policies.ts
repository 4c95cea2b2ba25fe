import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { lookup } from '../../../kernel/texts.ts';
import { newEvent } from '../../../schemas/catalogue.ts';
import { DEFAULT_POLICY, parsePolicy } from '../../../tasks/policies/policy.ts';
import { taskNamed } from '../../../tasks/registry.ts';
import { accepted, accept as acceptIn, answer, declarationBody, idempotency } from '../accept.ts';
import { declaredModelOf, policyOf } from '../logged-models.ts';
import type { ApiContext } from '../settings.ts';
import { loggedTasks } from '../tasks.ts';

const SECTIONS = [
  'promotion',
  'rollout',
  'drift',
  'quality',
  'retraining',
  'training',
  'serving',
  'guard',
  'experiments',
  'review',
  'contributions',
  'retention',
] as const;
const section = z.record(z.string(), z.unknown());

const policy = z
  .object({
    model: z.string(),
    version: z.number().describe('0: the default'),
    promotion: section.describe('when a version replaces the one in production'),
    rollout: section.describe('how a promoted version gets its traffic'),
    drift: section.describe('when drift raises an alert'),
    quality: section.describe('when the metric on labelled predictions raises an alert'),
    retraining: section.describe('what triggers a training; durations in milliseconds'),
    training: section.describe('how the dataset of a training is sealed'),
    serving: section.describe('how answers are marked'),
    guard: section.describe('when the version before comes back to production by itself'),
    experiments: section.describe('how experiments are judged'),
    contributions: section.describe('when contributed records are accepted'),
    retention: section.describe('which packages of archived versions are kept'),
    review: section.describe('who must approve a version; durations in milliseconds'),
    file: z.string().describe('the whole YAML file'),
    requestedBy: z.string().nullable(),
    changedAt: z.string().nullable(),
  })
  .meta({ id: 'Policy' });

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
        operationId: 'getPolicy',
        summary: 'The policy of a model as it is now',
        tags: ['models'],
        params,
        response: { 200: policy },
      },
    },
    async ({ params: { model } }) => {
      const [row] = await query<Row>('models/policies', { model, limit: 1 });
      if (!row) {
        await declaredModelOf(events, model);
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
      config: { role: 'approver' },
      schema: {
        operationId: 'changePolicy',
        summary: 'Change the policy of a model: what is decided from then on follows it',
        description:
          'The file that is in force already changes nothing: the answer is that of the request which put it in force.',
        tags: ['requests'],
        params,
        body: declarationBody('PolicyDeclaration', 'promotion: { gates: { accuracy: { minimum: 0.6 } } }\n'),
        headers: idempotency,
        response: { 202: accepted },
      },
    },
    async ({ params: { model }, body: { file, requestedBy }, headers }, reply) => {
      const { task } = await declaredModelOf(events, model);
      const { target } = taskNamed(await loggedTasks(events), task);
      const parsed = parsePolicy('the file', file, target.type);
      const { change } = await policyOf(events, model);
      if (change?.data.file === file) return answer(change, reply);
      return accept(newEvent('PolicyChanged', { model, ...parsed, file, requestedBy }), headers, reply);
    },
  );
}
