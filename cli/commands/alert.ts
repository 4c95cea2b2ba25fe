import type { Command } from 'commander';
import { reason as reasonText } from '../../kernel/texts.ts';
import { monitorKinds } from '../../ml/monitors.ts';
import { alertKinds, assertSilence } from '../../schemas/alerts/silence.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { endOf } from '../../tasks/policies/durations.ts';
import { action } from '../action.ts';
import { answerTo } from '../answer.ts';
import { checked, MODEL_OPTION, withBy } from '../arguments.ts';
import { modelNamed } from '../declare.ts';
import { describeEvent } from '../describe-event.ts';
import { about } from '../help.ts';
import { addList, addShow, cell, day, lists, type Row } from '../listing.ts';
import { withSession } from '../session.ts';

const KINDS = alertKinds(monitorKinds());

/** In milliseconds since the epoch. */
function untilOf(text: string): number {
  return endOf(text, Date.now());
}

interface Silencing {
  model?: string;
  until: number;
  reason: string;
  by: string;
}

/** `epochlog alert list | show | silence | silences`: what left its bounds. */
export function register(program: Command): void {
  const alert = about(program.command('alert'), 'production', [
    'npx epochlog alert list --status open',
    'npx epochlog alert show account-health/drift/1',
    "npx epochlog alert silence drift --model account-health --until 3d --reason 'a sale changes everything'",
    'npx epochlog alert silences',
  ]).description('alerts: what monitors found, and silences of them');
  addList(alert, {
    description: 'the alerts there were, the newest first',
    query: 'alerts/list',
    filters: { status: ['open', 'resolved'], kind: KINDS },
    columns: {
      alert: cell('alertId'),
      status: ({ status, silenced }) => (silenced ? `${status}, silenced` : String(status)),
      severity: cell('severity'),
      raised: ({ raisedAt }) => day(raisedAt),
      version: cell('version'),
      reason: cell('reason'),
    },
  });
  addShow(alert, {
    what: 'alert',
    description: 'an alert: why it was raised, and what resolved it',
    async find({ query }, alertId) {
      const [found] = await query<Row>('alerts/by-id', { alertId });
      if (found) return found;
      const all = await query<{ alertId: string }>('alerts/list', {
        model: null,
        status: null,
        kind: null,
        limit: 100,
      });
      return { known: all.map(({ alertId }) => alertId) };
    },
  });

  const silence = alert
    .command('silence')
    .argument('<kind>', 'of the monitor, such as errorRate, drift or serving')
    .description(
      'suppress the notifications of a monitor for some time; its alerts are still raised and resolved',
    )
    .option('--model <name>', MODEL_OPTION)
    .requiredOption(
      '--until <time>',
      'when it ends: a day, a time with its zone, or how long: 2h, 3d',
      untilOf,
    )
    .requiredOption('--reason <text>', 'why; it stays in the log', checked('--reason', reasonText));
  action<Silencing>(withBy(silence), async (options, { config, output, model: chosen }, kind = '') => {
    const { until, reason, by: requestedBy, model = chosen } = options;
    const asked = { monitorId: `${model}/${kind}`, model, kind, until, reason, requestedBy };
    assertSilence(asked, monitorKinds(), Date.now());
    await withSession(config, async (session) => {
      await modelNamed(session.events, model);
      const silenced = await answerTo(session, newEvent('AlertSilenceRequested', asked), {
        end: 'AlertSilenced',
        refused: 'AlertSilenceRefused',
        service: 'monitor',
      });
      output.result(silenced);
      output.line(describeEvent(silenced));
    });
  });

  lists(alert.command('silences'), {
    params: { after: [] },
    description: 'the silences there were, the newest first',
    query: 'alerts/silences',
    filters: { kind: KINDS },
    columns: {
      silence: cell('silenceId'),
      until: ({ until }) => day(until),
      by: cell('requestedBy'),
      reason: cell('reason'),
    },
  });
}
