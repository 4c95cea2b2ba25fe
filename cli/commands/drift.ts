import type { Command } from 'commander';
import { about } from '../help.ts';
import { cell, day, lists, type Row } from '../listing.ts';

interface Feature {
  feature: string;
  psi: number;
  pValue: number;
  adjustedPValue: number | null;
  drifted: boolean;
}

/** The feature that moved most. */
function most({ features }: Row): string {
  const [first] = (features as readonly Feature[]).toSorted((a, b) => b.psi - a.psi);
  return first
    ? `${first.feature} (PSI ${first.psi.toFixed(3)}, p ${(first.adjustedPValue ?? first.pValue).toPrecision(2)})`
    : '-';
}

/** `epochlog drift`: predictions beside the training data. */
export function register(program: Command): void {
  const drift = about(program.command('drift'), 'production', [
    'npx epochlog drift',
    'npx epochlog drift --model account-health --limit 5',
  ]);
  lists(drift, {
    description: 'windows of predictions beside the training data, the newest first',
    query: 'drift/list',
    params: { version: null, feature: null },
    columns: {
      version: cell('version'),
      window: cell('window'),
      from: ({ from }) => day(from),
      predictions: cell('predictions'),
      drifted: ({ features }) =>
        (features as readonly Feature[])
          .filter(({ drifted }) => drifted)
          .map(({ feature }) => feature)
          .join(', ') || 'no',
      'moved most': most,
    },
  });
}
