import { z } from 'zod';
import { judgeGroups } from './groups.ts';
import type { MonitorKind } from './monitor.ts';

/** Answers of a group that have a true label. */
export interface AccuracyRow {
  readonly group: string;
  readonly labelled: number;
  readonly correct: number;
}

/** The difference of how often answers are right between groups of instances, where outcomes have come. */
export const kind: MonitorKind<AccuracyRow> = {
  trigger: 'outcomes',
  streams: ['predictions', 'outcomes'],
  unit: 'share',
  options: z.strictObject({ group: z.string().min(1).max(200) }),
  parameters: ({ options }) => ({ group: options.group! }),
  judge(rows, bounds) {
    const shares = rows.map(({ group, labelled, correct }) => ({
      ...{ group, of: '' },
      ...{ count: Number(correct), samples: Number(labelled) },
    }));
    return judgeGroups(shares, bounds, 'right answers');
  },
};
