import { EpochlogError } from '../../kernel/errors.ts';
import { InvalidInput } from '../../ml/errors.ts';
import type { SearchFile } from '../../ml/search/file.ts';
import { type Importance, importances } from '../../ml/search/importance.ts';
import { plotNamed } from '../../ml/search/plots/plots.ts';
import { rangeShown, type Study } from '../../ml/search/plots/study.ts';
import type { Values } from '../../ml/search/space.ts';
import { completedOf, type Direction, type Trial } from '../../ml/search/trial.ts';

/** A trial as the warehouse has it. */
interface TrialRow {
  trial: number;
  status: Trial['state'];
  params: Readonly<Record<string, unknown>>;
  step: number | null;
  value: number | null;
}

/** A search as the warehouse has it. */
interface SearchRow {
  searchId: string;
  metric: string | null;
  direction: string | null;
  settings: unknown;
}

/** What the plots of a search show. */
export function studyOf(row: SearchRow, trials: readonly TrialRow[]): Study {
  const { space } = row.settings as SearchFile;
  return {
    title: row.searchId,
    metric: row.metric ?? 'objective',
    direction: (row.direction ?? 'minimize') as Direction,
    space,
    trials: trials.map(({ trial, status, params, step, value }) => ({
      number: trial,
      values: params as Values,
      state: status,
      ...(status === 'completed' && value !== null && { value }),
      reports: status === 'pruned' && value !== null ? [{ step: step ?? 0, value }] : [],
    })),
  };
}

/** How much each parameter decides; empty before two trials are completed. */
export const importanceIn = ({ space, trials, direction }: Study): Importance[] =>
  completedOf(trials).length < 2 ? [] : [...importances(space, trials, direction)];

/** The ends of the axis of the objective; null before a trial has a value. */
export function shownIn(study: Study): { low: number; high: number } | null {
  if (completedOf(study.trials).length === 0) return null;
  const [low, high] = rangeShown(study);
  return { low, high };
}

/** One plot; CONFLICT while there are too few trials for it. */
export function plotOf(study: Study, name: string, format: 'svg' | 'csv'): string {
  try {
    return plotNamed(name, study, format);
  } catch (error) {
    if (error instanceof InvalidInput) throw new EpochlogError('CONFLICT', error.message);
    throw error;
  }
}
