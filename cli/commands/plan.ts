import type { Command } from 'commander';
import { PLAN_OUTCOMES } from '../../schemas/vocabularies.ts';
import { about } from '../help.ts';
import { addList, addShow, cell, day, type Row } from '../listing.ts';

const measured =
  (name: string, unit: string) =>
  (row: Row): string =>
    typeof row[name] === 'number' ? `${Number(row[name].toPrecision(3))} ${unit}` : '-';

/** `epochlog plan list | show`: why models were trained, and what that has cost. */
export function register(program: Command): void {
  const plan = about(program.command('plan'), 'production', [
    'npx epochlog plan list',
    'npx epochlog plan list --model account-health --status promoted',
    'npx epochlog plan show PLAN --json',
  ]).description('training plans: why models were trained, how it ended, and what it cost');
  addList(plan, {
    description: 'the training plans there were, the newest first, with what each has cost',
    query: 'trainings/list',
    params: { after: [] },
    filters: { status: ['running', ...PLAN_OUTCOMES, 'not_started'] },
    columns: {
      plan: cell('planId'),
      planned: ({ plannedAt }) => day(plannedAt),
      cause: cell('cause'),
      outcome: cell('status'),
      version: cell('version'),
      training: measured('trainingSeconds', 's'),
      CPU: measured('cpuSeconds', 's'),
      evaluation: measured('evaluationSeconds', 's'),
      energy: measured('wattHours', 'Wh'),
    },
  });
  addShow(plan, {
    what: 'training plan',
    description: 'a training plan: why it was made, each cost, and how it ended',
    async find({ query }, planId) {
      const plans = await query<Row>('trainings/list', {
        model: null,
        status: null,
        after: [],
        limit: 1_000,
      });
      const found = plans.find((one) => one.planId === planId);
      return found ?? { known: plans.map((one) => String(one.planId)) };
    },
  });
}
