import { readdir } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { EpochlogError, systemCodeOf } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import { answersTo } from '../../ml/answers.ts';
import type { DenseMatrix } from '../../ml/matrix.ts';
import { type Example, type LearningProblem, labelsOf } from '../../ml/problem.ts';

/** What a metric of all samples is asked: the arrays of scikit-learn's metrics. */
export interface OwnMetricInput {
  /** of a classifier, in the order of the columns of `probabilities` */
  readonly labels: readonly string[];
  readonly actual: readonly (string | number)[];
  readonly predicted: readonly (string | number)[];
  /** a row for each sample; of a number its one column */
  readonly probabilities: readonly (readonly number[])[];
}

/** The value of a metric for an answer, and what is right. */
export interface PairValue {
  readonly actual: string;
  readonly predicted: string;
  readonly value: number;
}

/** A metric of a user as an experiment takes it. */
export interface PairMetric {
  readonly better: 'higher' | 'lower';
  /** of each pair of labels */
  readonly values: readonly PairValue[];
}

/** To the thread of a metric: all samples, or each pair of labels. */
export type MetricQuestion = { readonly input: OwnMetricInput } | { readonly labels: readonly string[] };

export type MetricAnswer =
  | { readonly value: unknown }
  | { readonly better: unknown; readonly values: readonly PairValue[] }
  | { readonly error: string };

const PREFIX = 'custom.';
const LIMIT_MS = 60_000;
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;
const CHILD = new URL('metric-child.ts', import.meta.url);

/**
 * The values of the metrics in a folder, by the name of their file: `custom.NAME`. Each is a module (.ts, .mts, .js, .mjs) that
 * exports a pure function: `metric`, of all samples, or `perSample`, whose mean is the metric then. It runs in a thread of its own,
 * for a minute at most.
 *
 * @returns nothing without a folder. INPUT_INVALID names the module that is none, throws, or gives something else than a
 *   finite number.
 */
export async function ownMetrics(
  folder: string | undefined,
  { task, scores }: { readonly task: LearningProblem; readonly scores: DenseMatrix },
  samples: readonly Pick<Example, 'target'>[],
  signal?: AbortSignal,
): Promise<Record<string, number>> {
  if (folder === undefined) return {};
  const modules = await modulesIn(folder);
  if (modules.length === 0) return {};
  const rows = Array.from({ length: scores.rows }, (_, row) => [
    ...scores.values.subarray(row * scores.columns, (row + 1) * scores.columns),
  ]);
  const input: OwnMetricInput = {
    labels: labelsOf(task) ?? [],
    actual: samples.map(({ target }) => target),
    predicted: answersTo(task, scores),
    probabilities: rows,
  };
  const values: Record<string, number> = {};
  for (const file of modules) {
    values[nameOf(file)] = await finiteValue(join(folder, file), input);
    signal?.throwIfAborted();
  }
  return values;
}

/**
 * What a metric of a folder gives for each pair of labels: the table by which an experiment measures it.
 *
 * @param name `custom.NAME`
 * @throws INPUT_INVALID where there is no such module, it exports no `perSample` or no `better`, it throws, or reads more than the
 *   two labels
 */
export async function pairMetric(
  folder: string | undefined,
  name: string,
  labels: readonly string[],
): Promise<PairMetric> {
  if (folder === undefined)
    throw new EpochlogError(
      'INPUT_INVALID',
      `${name} is a metric of yours: name the folder of its module with EPOCHLOG_METRICS`,
    );
  const modules = await modulesIn(folder);
  const file = modules.find((module) => nameOf(module) === name);
  if (file === undefined)
    throw new EpochlogError(
      'INPUT_INVALID',
      `there is no metric ${name} in ${folder}; ${suggestion(name, modules.map(nameOf))}`,
    );
  const path = join(folder, file);
  const answer = await asked(path, { labels });
  if ('error' in answer) throw refused(path, answer.error);
  if (!('values' in answer)) throw new TypeError('a metric was asked for pairs, and gave a value');
  const { better, values } = answer;
  if (better === 'higher' || better === 'lower') return { better, values };
  throw refused(path, `an experiment needs to know which value is better: export const better = 'lower'`);
}

const nameOf = (file: string): string => `${PREFIX}${parse(file).name}`;

async function modulesIn(folder: string): Promise<string[]> {
  try {
    const files = (await readdir(folder)).filter(
      (file) => /\.m?[jt]s$/.test(file) && !/\.(test|d)\./.test(file),
    );
    const wrong = files.find((file) => !NAME.test(parse(file).name));
    if (wrong === undefined) return files.sort();
    throw refused(join(folder, wrong), 'its name must be letters, digits, - and _, and begin with a letter');
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw error;
    throw refused(folder, 'there is no such folder (EPOCHLOG_METRICS names it)');
  }
}

async function finiteValue(path: string, input: OwnMetricInput): Promise<number> {
  const answer = await asked(path, { input });
  if ('error' in answer) throw refused(path, answer.error);
  const value = 'value' in answer ? answer.value : undefined;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw refused(
    path,
    `it gives ${String(value)}: a metric must give a finite number, also where a class is missing`,
  );
}

function asked(path: string, question: MetricQuestion): Promise<MetricAnswer> {
  const worker = new Worker(CHILD, { workerData: { url: pathToFileURL(path).href, ...question }, env: {} });
  const { promise, resolve } = Promise.withResolvers<MetricAnswer>();
  const timer = setTimeout(() => resolve({ error: `it takes longer than ${LIMIT_MS / 1_000} s` }), LIMIT_MS);
  worker.once('message', resolve);
  worker.once('error', (error) => resolve({ error: error instanceof Error ? error.message : String(error) }));
  worker.once('exit', (code) => resolve({ error: `it ended with ${code} before it gave a value` }));
  return promise.finally(() => {
    clearTimeout(timer);
    return worker.terminate();
  });
}

const refused = (path: string, why: string) =>
  new EpochlogError('INPUT_INVALID', `the metric ${path} cannot be used: ${why}`);
