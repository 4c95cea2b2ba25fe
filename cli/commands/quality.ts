import type { Command } from 'commander';
import { measure } from '../../ml/metrics/format.ts';
import { about } from '../help.ts';
import { cell, day, lists, type Row } from '../listing.ts';

const metricOf =
  (name: string) =>
  (row: Row): string =>
    `${measure(String(row.metric), Number(row[name]))}`;

/** `epochlog quality`: predictions beside their true labels. */
export function register(program: Command): void {
  const quality = about(program.command('quality'), 'production', [
    'npx epochlog quality',
    'npx epochlog quality --model account-health --limit 5',
  ]);
  lists(quality, {
    description: 'windows of predictions beside their true labels or numbers, the newest first',
    query: 'quality/list',
    params: { version: null },
    columns: {
      version: cell('version'),
      window: cell('window'),
      from: ({ from }) => day(from),
      labelled: cell('labelled'),
      metric: cell('metric'),
      value: metricOf('value'),
      'on its test': metricOf('reference'),
      p: ({ pValue }) => Number(pValue).toPrecision(2),
      dropped: ({ dropped }) => (dropped ? 'yes' : 'no'),
    },
  });
}
