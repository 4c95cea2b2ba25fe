import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { identifier, lookup, reason } from '../../../kernel/texts.ts';
import { newEvent } from '../../../schemas/catalogue.ts';
import { assertDue, MISFIRES, nextDue, SCHEDULE_ACTIONS } from '../../../schemas/schedules/cron.ts';
import { accepted, accept as acceptIn, idempotency } from '../accept.ts';
import { addList } from '../lists.ts';
import { assertModelLogged } from '../logged-models.ts';
import type { ApiContext } from '../settings.ts';
import { sourceNamed, sourceOptions } from '../sources.ts';

const asked = {
  reason: reason.default('asked for over HTTP'),
  requestedBy: identifier.default('api'),
};
/** A misspelt source, or option of it, is refused before it is in the log. */
function checkSource({ sourceName, options }: z.infer<typeof schedule>): void {
  if (sourceName !== null) sourceNamed(sourceName).check({ options, from: null, to: null });
}

const MAX_DAYS = 36_500;

const schedule = z
  .strictObject({
    ...asked,
    schedule: identifier.describe('its name; a schedule of the same name is replaced'),
    cron: identifier.describe('minute, hour, day of the month, month, day of the week'),
    timeZone: identifier.default('UTC').describe('such as Europe/Berlin'),
    action: z.enum(SCHEDULE_ACTIONS).describe('what it asks for when it is due'),
    misfire: z.enum(MISFIRES).default('once').describe('what becomes of due times while nothing ran'),
    model: identifier.nullable().default(null).describe('of train, drift, report and label'),
    task: identifier.nullable().default(null).describe('of collect'),
    source: lookup
      .nullable()
      .default(null)
      .describe('of collect: artifact digest of the file; null for a remote source'),
    sourceName: identifier
      .nullable()
      .default(null)
      .describe('of collect: name of the file, or of a remote source'),
    options: sourceOptions,
    days: z
      .int()
      .min(1)
      .max(MAX_DAYS)
      .nullable()
      .default(null)
      .describe('of collect: so many days up to the due time; null: all'),
    folder: lookup
      .nullable()
      .default(null)
      .describe(
        'of collect: the folder whose new files are collected, which the settings of the collector allow',
      ),
    sinceTraining: z
      .boolean()
      .default(false)
      .describe('of collect: from the day before the last dataset of the task was sealed'),
  })
  .meta({
    id: 'ScheduleRequest',
    example: { schedule: 'weekly', cron: '0 6 * * 1', action: 'drift', model: 'account-health' },
  });

const removal = z.strictObject(asked).meta({ id: 'ScheduleRemovalRequest' });

const item = z
  .object({
    schedule: z.string(),
    active: z.boolean().describe('whether it comes due'),
    cron: z.string(),
    timeZone: z.string(),
    action: z.string(),
    misfire: z.string(),
    model: z.string().nullable(),
    task: z.string().nullable(),
    reason: z.string(),
    requestedBy: z.string(),
    revision: z.number(),
    lastDueAt: z.string().nullable(),
    nextDueAt: z.string().nullable().describe('null for one that has ended'),
    dueTimes: z.number().describe('how often it came due'),
    misfires: z.number().describe('how often it came due late'),
    declaredAt: z.string(),
  })
  .meta({ id: 'Schedule' });

/** Schedules: what is asked for at which times. */
export function addRoutes(app: FastifyInstance, context: ApiContext): void {
  const { query, clock, events } = context;
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const accept = acceptIn(context);

  routes.post(
    '/v1/schedules',
    {
      config: { role: 'operator', errors: ['CONFLICT', 'NOT_FOUND'] },
      schema: {
        operationId: 'requestSchedule',
        summary: 'Ask for a training, a drift check, a collection or a report at certain times',
        tags: ['requests'],
        body: schedule,
        headers: idempotency,
        response: { 202: accepted },
      },
    },
    async ({ body, headers }, reply) => {
      assertDue(body, clock.now());
      if (body.action === 'collect' && body.source === null && body.folder === null) checkSource(body);
      if (body.model !== null) await assertModelLogged(events, body.model);
      return accept(newEvent('ScheduleRequested', body), headers, reply);
    },
  );

  routes.post(
    '/v1/schedules/:schedule/remove',
    {
      config: { role: 'operator', errors: ['CONFLICT', 'NOT_FOUND'] },
      schema: {
        operationId: 'removeSchedule',
        summary: 'Ask for a schedule to end',
        description: 'What comes of it, ScheduleRemoved or ScheduleRefused, is an event of the schedule.',
        tags: ['requests'],
        params: z.object({ schedule: identifier }),
        body: removal,
        headers: idempotency,
        response: { 202: accepted },
      },
    },
    ({ params, body, headers }, reply) =>
      accept(newEvent('ScheduleRemovalRequested', { ...params, ...body }), headers, reply),
  );

  addList(app, query, {
    url: '/v1/schedules',
    operationId: 'listSchedules',
    summary: 'The schedules, by name, with their next due times',
    tags: ['monitoring'],
    query: 'schedules/list',
    filters: { model: lookup.optional() },
    item,
    key: ['schedule'],
    toItem: (row) => ({ ...row, nextDueAt: row.active ? dueAfter(row, clock.now()) : null }),
  });
}

function dueAfter({ cron, timeZone }: Readonly<Record<string, unknown>>, now: number): string | null {
  const due = nextDue({ cron: String(cron), timeZone: String(timeZone) }, now);
  return due === undefined ? null : new Date(due).toISOString();
}
