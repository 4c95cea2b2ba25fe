import { z } from 'zod';
import { type GroupShare, judgeGroups } from './groups.ts';
import type { MonitorKind } from './monitor.ts';

/** Predictions of a group with a label. */
export interface RateRow {
  readonly group: string;
  readonly label: string;
  readonly predictions: number;
}

/** How often each label is predicted, in each group that has predictions. */
export function ratesOf(rows: readonly RateRow[], label: string): GroupShare[] {
  const samples = new Map<string, number>();
  for (const { group, predictions } of rows)
    samples.set(group, (samples.get(group) ?? 0) + Number(predictions));
  const counts = new Map(
    rows.map((row) => [JSON.stringify([row.group, row.label]), Number(row.predictions)]),
  );
  const labels = label === '' ? [...new Set(rows.map((row) => row.label))] : [label];
  return labels.flatMap((of) =>
    [...samples].map(([group, all]) => ({
      ...{ group, of, samples: all },
      count: counts.get(JSON.stringify([group, of])) ?? 0,
    })),
  );
}

/** The difference of the rates at which groups of instances get a label (demographic parity difference); without a label, the largest of all. */
export const kind: MonitorKind<RateRow> = {
  trigger: 'predictions',
  streams: ['predictions'],
  unit: 'share',
  options: z.strictObject({ group: z.string().min(1).max(200), label: z.string().max(200).default('') }),
  parameters: ({ options }) => ({ group: options.group! }),
  judge: (rows, bounds) => judgeGroups(ratesOf(rows, bounds.options.label ?? ''), bounds, 'predictions of '),
};
