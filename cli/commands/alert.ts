import type { Command } from 'commander';
import { about } from '../help.ts';
import { addList, addShow, cell, day, type Row } from '../listing.ts';

/** `epochlog alert list | show`: what left its bounds. */
export function register(program: Command): void {
  const alert = about(program.command('alert'), 'production', [
    'npx epochlog alert list --status open',
    'npx epochlog alert show account-health/drift/1',
  ]).description('alerts: drift, lost quality, versions that are not served');
  addList(alert, {
    description: 'the alerts there were, the newest first',
    query: 'alerts/list',
    filters: { status: ['open', 'resolved'] },
    columns: {
      alert: cell('alertId'),
      status: cell('status'),
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
        limit: 100,
      });
      return { known: all.map(({ alertId }) => alertId) };
    },
  });
}
