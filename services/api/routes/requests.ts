import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { EpochlogError } from '../../../kernel/errors.ts';
import { lookup } from '../../../kernel/texts.ts';
import { outcomeOf } from '../outcome.ts';
import type { ApiContext } from '../settings.ts';
import { createStreamLimits } from '../stream-limits.ts';
import { type Tracked, track } from '../track.ts';
import { type ApiEvent, event } from './events.ts';

const MAX_WAIT_SECONDS = 60;
/** What a client reads after the answer has it, if the projections are no farther behind than that. */
const PROJECTION_TIMEOUT_MS = 5_000;

const requestState = z
  .object({
    requestId: z.string(),
    type: z.string().describe('of the event that the request is'),
    subject: z.string().describe('aggregate that it is about'),
    state: z
      .enum(['pending', 'done', 'refused', 'failed'])
      .describe('done also where nothing has to answer, as to a declaration'),
    code: z.string().nullable().describe('error code of a refusal or failure'),
    reason: z.string().nullable().describe('what its answer says'),
    requestedAt: z.string(),
    answeredAt: z.string().nullable(),
    correlationId: z.string(),
    answers: z.array(event).describe('the events that answer it; none while it is pending'),
    events: z.string().describe('where all events that come of it are read'),
  })
  .meta({ id: 'RequestState' });

const params = z.object({ id: lookup.describe('requestId of the answer to a POST or PUT') });
const querystring = z.object({
  wait: z.coerce
    .number()
    .min(0)
    .max(MAX_WAIT_SECONDS)
    .default(0)
    .describe('seconds to wait for the outcome: the answer comes as soon as it is there'),
});

/** What has become of a request, by its id. */
export function addRoutes(app: FastifyInstance, context: ApiContext): void {
  const { deadLetters, warehouse, settings } = context;
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());
  const limits = createStreamLimits(settings);

  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/requests/:id',
    {
      config: { errors: ['TOO_MANY_REQUESTS', 'OVERLOADED'] },
      schema: {
        operationId: 'getRequest',
        summary: 'What has become of a request',
        description:
          'With `wait`, what is read after the answer holds what came of the request. A dead letter is a failure: it ' +
          'can be redriven, and the request is pending again.',
        tags: ['requests'],
        params,
        querystring,
        response: { 200: requestState },
      },
    },
    async ({ params: { id }, query: { wait }, ip, raw }) => {
      if (wait === 0) return describe(id, await track(id, context, AbortSignal.abort()));
      const leave = limits.enter(ip);
      const gone = new AbortController();
      raw.once('close', () => gone.abort());
      try {
        const signal = AbortSignal.any([
          closing.signal,
          gone.signal,
          AbortSignal.timeout(Math.ceil(wait * 1_000)),
        ]);
        const tracked = await track(id, context, signal);
        const last = tracked?.answer ?? tracked?.request;
        if (last) await projected(last);
        return describe(id, tracked);
      } finally {
        leave();
      }
    },
  );

  async function projected(position: ApiEvent): Promise<void> {
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(PROJECTION_TIMEOUT_MS)]);
    await warehouse.waitFor([position], signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  async function describe(id: string, tracked: Tracked | undefined): Promise<z.infer<typeof requestState>> {
    if (!tracked) {
      throw new EpochlogError(
        'NOT_FOUND',
        `there is no request ${id}: take the requestId that a POST or PUT was answered with`,
      );
    }
    const { request, answer } = tracked;
    const { type, subject, time, correlationId } = request;
    const outcome = outcomeOf(type, answer);
    const letter =
      outcome.state === 'pending' && (await deadLetters.list()).find(({ eventId }) => eventId === request.id);
    return {
      requestId: request.id,
      type,
      subject,
      ...(letter
        ? {
            state: 'failed' as const,
            code: letter.code,
            reason: `dead letter ${letter.id} of the ${letter.service}: ${letter.message}`,
          }
        : outcome),
      requestedAt: time,
      answeredAt: answer?.time ?? null,
      correlationId,
      answers: answer ? [answer] : [],
      events: `/v1/events?correlationId=${correlationId}`,
    };
  }
}
