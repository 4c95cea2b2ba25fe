import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import type { NamedQuery } from '../../kernel/ports/warehouse.ts';
import { METRICS } from '../../ml/metrics/catalogue.ts';
import { measure } from '../../ml/metrics/format.ts';
import { action } from '../action.ts';
import { notFound, type Row } from '../listing.ts';
import { table } from '../output.ts';
import { several } from '../projects/tags.ts';
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
    ...{ model: null, status: null, project: null, tag: null },
    limit: 100,
  });
  return { known: all.map(({ runId }) => runId) };
}

/** Adds `run compare RUN RUN…`. */
export function addCompare(group: Command): void {
  const compare = group
    .command('compare')
    .argument('<runs...>', 'two runs or more')
    .description('runs side by side: where they differ, their metrics on the validation split, which is best')
    .option(
      '--lower <metric>',
      'of which a lower value is better; may be given several times',
      several(String),
    )
    .option(
      '--higher <metric>',
      'of which a higher value is better; may be given several times',
      several(String),
    );
  action<Directions>(compare, async (directions, { config, output }, ...ids) => {
    await withProjections(config, async ({ quiet, query }) => {
      await quiet();
      const runs: Run[] = [];
      for (const id of ids) {
        const run = await findRun(query, id);
        if ('known' in run) throw notFound('run', id, run.known as string[]);
        runs.push(run as Run);
      }
      const differing = differences(runs);
      const metrics = [...new Set(runs.flatMap((run) => Object.keys(run.metrics)))];
      for (const name of [...(directions.lower ?? []), ...(directions.higher ?? [])])
        if (!metrics.includes(name))
          throw new EpochlogError(
            'INPUT_INVALID',
            `none of these runs has a metric ${name}; ${suggestion(name, metrics)}`,
          );
      const summaries = Object.fromEntries(
        metrics.map((name) => [name, summaryOf(name, runs, betterOf(name, directions))]),
      );
      output.result({
        runs,
        differences: Object.fromEntries(differing.map(([name, ...values]) => [name, values])),
        metrics: summaries,
      });
      const header = runs.map(({ runId }) => runId);
      if (differing.length > 0) output.line(table(['', ...header], differing, output.tableWidth));
      const rows = metrics.map((name) => metricRow(name, runs, summaries[name]));
      output.line(table(['', ...header, ...SUMMARY], rows, output.tableWidth));
    });
  });
}

/** Of metrics that epochlog does not know, such as those of MLflow's clients, or of those it knows otherwise. */
interface Directions {
  readonly lower?: readonly string[];
  readonly higher?: readonly string[];
}

function betterOf(name: string, { lower, higher }: Directions): 'lower' | 'higher' | undefined {
  if (lower?.includes(name)) return 'lower';
  if (higher?.includes(name)) return 'higher';
  return Object.hasOwn(METRICS, name) ? METRICS[name]!.better : undefined;
}

const COMPARED = ['model', 'status', 'engine', 'seed', 'datasetId', 'epochs', 'bestEpoch', 'seconds'];
const SUMMARY = ['mean', 'std', 'min', 'max', 'best'];

/** Fields and hyperparameters that are not the same in all runs: a name, then a value for each run. */
export function differences(runs: readonly Run[]): string[][] {
  const fields = COMPARED.map((name) => [name, ...runs.map((run) => text(run[name]))]);
  const names = [...new Set(runs.flatMap(({ params }) => Object.keys(params)))].sort();
  const params = names.map((name) => [name, ...runs.map(({ params }) => params[name] ?? '-')]);
  return [...fields, ...params].filter(([, first, ...others]) => others.some((value) => value !== first));
}

/** A metric of several runs. */
export interface Summary {
  readonly mean: number;
  /** of a sample: over n - 1; null of one run */
  readonly std: number | null;
  readonly min: number;
  readonly max: number;
  /** the run with the best value; null where several have it, or it is not known which value is better */
  readonly best: string | null;
}

/** The metric in the runs that have it; undefined when none has. */
export function summaryOf(
  name: string,
  runs: readonly Pick<Run, 'runId' | 'metrics'>[],
  better = betterOf(name, {}),
): Summary | undefined {
  const measured = runs.flatMap(({ runId, metrics }) => {
    const value = metrics[name];
    return value === undefined ? [] : [{ runId, value }];
  });
  if (measured.length === 0) return undefined;
  const values = measured.map(({ value }) => value);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const [min, max] = [Math.min(...values), Math.max(...values)];
  const [best, another] = measured.filter(({ value }) => value === (better === 'higher' ? max : min));
  const isKnown = better !== undefined && another === undefined;
  const std = values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : null;
  return { mean, std, min, max, best: isKnown ? best!.runId : null };
}

function metricRow(name: string, runs: readonly Run[], summary: Summary | undefined): string[] {
  const shown = (value: number | null | undefined) => (value == null ? '-' : measure(name, value));
  const { mean, std, min, max, best } = summary ?? {};
  return [
    name,
    ...runs.map(({ metrics }) => shown(metrics[name])),
    ...[mean, std, min, max].map(shown),
    best ?? '-',
  ];
}

const text = (value: unknown): string =>
  typeof value === 'number' ? String(Number(value.toPrecision(4))) : value === null ? '-' : String(value);
