import type { Command } from 'commander';
import type { NamedQuery } from '../../kernel/ports/warehouse.ts';
import { measure } from '../../ml/metrics/format.ts';
import { action } from '../action.ts';
import { notFound, type Row } from '../listing.ts';
import { table } from '../output.ts';
import { withProjections } from '../session.ts';

/** A run as the projections have it. */
interface Run extends Row {
  readonly runId: string;
  readonly params: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, number>>;
}

/** A run by its id, or which there are. */
export async function findRun(query: NamedQuery, runId: string): Promise<Run | { known: string[] }> {
  const [found] = await query<Run>('runs/by-id', { runId });
  if (found) return found;
  const all = await query<{ runId: string }>('runs/list', {
    model: null,
    status: null,
    limit: 100,
  });
  return { known: all.map(({ runId }) => runId) };
}

/** Adds `run compare RUN RUN…`. */
export function addCompare(group: Command): void {
  const compare = group
    .command('compare')
    .argument('<runs...>', 'two runs or more')
    .description('runs side by side: where they differ, and their metrics on the validation split');
  action(compare, async (_, { config, output }, ...ids) => {
    await withProjections(config, async ({ quiet, query }) => {
      await quiet();
      const runs: Run[] = [];
      for (const id of ids) {
        const run = await findRun(query, id);
        if ('known' in run) throw notFound('run', id, run.known as string[]);
        runs.push(run as Run);
      }
      const rows = differences(runs);
      output.result({
        runs,
        differences: Object.fromEntries(rows.map(([name, ...values]) => [name, values])),
      });
      output.line(table(['', ...runs.map(({ runId }) => runId)], rows, output.tableWidth));
    });
  });
}

const COMPARED = ['model', 'status', 'engine', 'seed', 'datasetId', 'epochs', 'bestEpoch', 'seconds'];

/** Fields and hyperparameters that are not the same in all runs, and all metrics: a name, then a value for each run. */
export function differences(runs: readonly Run[]): string[][] {
  const fields = COMPARED.map((name) => [name, ...runs.map((run) => text(run[name]))]);
  const names = [...new Set(runs.flatMap(({ params }) => Object.keys(params)))].sort();
  const params = names.map((name) => [name, ...runs.map(({ params }) => params[name] ?? '-')]);
  const differing = [...fields, ...params].filter(([, first, ...others]) =>
    others.some((value) => value !== first),
  );
  const metrics = [...new Set(runs.flatMap(({ metrics }) => Object.keys(metrics)))].map((name) => [
    name,
    ...runs.map(({ metrics }) => (metrics[name] === undefined ? '-' : measure(name, metrics[name]))),
  ]);
  return [...differing, ...metrics];
}

const text = (value: unknown): string =>
  typeof value === 'number' ? String(Number(value.toPrecision(4))) : value === null ? '-' : String(value);
