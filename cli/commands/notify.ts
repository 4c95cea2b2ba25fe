import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { identifier } from '../../kernel/texts.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { action, type Invocation } from '../action.ts';
import { checked, count, withBy } from '../arguments.ts';
import { describeEvent } from '../describe-event.ts';
import { requestAndFollow } from '../follow.ts';
import { about } from '../help.ts';
import { addList, cell, day, type Row } from '../listing.ts';
import { table } from '../output.ts';
import { refusal } from '../refusal.ts';
import { withProjections, withSession } from '../session.ts';

const TIMEOUT_MS = 60_000;

/** `epochlog notify test | list | attempts`: what people are told. */
export function register(program: Command): void {
  const notify = about(program.command('notify'), 'production', [
    'npx epochlog notify test team',
    'npx epochlog notify list --status failed',
    'npx epochlog notify attempts --channel team',
  ]).description('notifications: try a channel, and see what was delivered');

  const test = notify
    .command('test')
    .argument('<channel>', 'name of a channel', checked('channel', identifier))
    .description('send a message to a channel, and tell whether it arrived');
  action<{ by: string }>(withBy(test), sendTest);

  addList(notify, {
    description: 'the notifications there were, the newest first',
    query: 'notifications/list',
    params: { after: [] },
    filters: { status: ['pending', 'sent', 'failed'] },
    columns: {
      planned: ({ plannedAt }) => day(plannedAt),
      channel: cell('channel'),
      status: cell('status'),
      attempts: cell('attempts'),
      severity: cell('severity'),
      title: cell('title'),
      'last failure': cell('reason'),
    },
  });

  const attempts = notify
    .command('attempts')
    .description('how notifications were planned, attempted and ended, the newest first')
    .option('--channel <name>', 'only of one channel', checked('--channel', identifier))
    .option('--limit <number>', 'the last so many', count, 50);
  action<Attempts>(attempts, showAttempts);
}

interface Attempts {
  channel?: string;
  limit: number;
}

const HEADINGS = ['time', 'channel', 'outcome', 'attempt', 'why', 'again at', 'notification'];

async function showAttempts({ channel, limit }: Attempts, { config, output }: Invocation): Promise<void> {
  await withProjections(config, async (session) => {
    await session.quiet();
    const params = { notificationId: null, channel: channel ?? null, after: [], limit };
    const rows = await session.query<Row>('notifications/attempts', params);
    for (const row of rows) output.result(row);
    if (rows.length === 0) return output.line('there is none');
    const cells = rows.map((row) => {
      const [name, outcome, attempt, reason, id] = FIELDS.map((field) => cell(field)(row));
      return [
        day(row.time),
        name!,
        outcome!,
        attempt!,
        reason!,
        row.retryAt === null ? '-' : day(row.retryAt),
        id!,
      ];
    });
    output.line(table(HEADINGS, cells, output.tableWidth));
  });
}

const FIELDS = ['channel', 'outcome', 'attempt', 'reason', 'notificationId'];

async function sendTest({ by }: { by: string }, { config, output }: Invocation, channel = ''): Promise<void> {
  const notificationId = `test-${newId(Date.now())}/${channel}`;
  const asked = newEvent('NotificationTestRequested', { notificationId, channel, requestedBy: by });
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  await withSession(config, async (session) => {
    try {
      const answer = await requestAndFollow(session, asked, {
        ends: ['NotificationSent', 'NotificationFailed'],
        signal,
      });
      if (answer.type !== 'NotificationSent') throw refusal(answer.data);
      output.result(answer);
      output.line(describeEvent(answer));
    } catch (error) {
      if (!signal.aborted) throw error;
      const message = `the request is in the log, and no notifier has answered it in ${TIMEOUT_MS / 1_000} s: start the services with \`epochlog up\``;
      throw new EpochlogError('CONFLICT', message);
    }
  });
}
