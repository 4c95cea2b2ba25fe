import { readdir } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { EpochlogError, systemCodeOf } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import { answersTo } from '../../ml/answers.ts';
import type { DenseMatrix } from '../../ml/matrix.ts';
import type { Intervals } from '../../ml/metrics/intervals.ts';
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

/** To the thread of a metric: all samples, and resamples of them for an interval, or each pair of labels. */
export type MetricQuestion =
  | { readonly input: OwnMetricInput; readonly asksInterval: boolean }
  | { readonly labels: readonly string[] };

type Interval = readonly [lower: number, upper: number];

/** Where an interval is asked for, a value comes without, and then once more with it, or with null where it has none. */
export type MetricAnswer =
  | { readonly value: unknown; readonly interval?: Interval | null }
  | { readonly better: unknown; readonly values: readonly PairValue[] }
  | { readonly error: string };

/** Metrics of a user by name, with the intervals of those that have one. */
export interface OwnMeasures extends Intervals {
  readonly values: Readonly<Record<string, number>>;
}

interface Answered {
  readonly task: LearningProblem;
  readonly scores: DenseMatrix;
}

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
  answers: Answered,
  samples: readonly Pick<Example, 'target'>[],
  signal?: AbortSignal,
): Promise<Readonly<Record<string, number>>> {
  return (await measured(folder, answers, samples, { asksIntervals: false, signal })).values;
}

/**
 * The same with the intervals of `bootstrapIntervals`, of the same resamples. A metric has none that throws or gives no finite
 * number for half of the resamples or more, or takes more than a minute for all of them.
 */
export const ownMeasures = (
  folder: string | undefined,
  answers: Answered,
  samples: readonly Pick<Example, 'target'>[],
  signal?: AbortSignal,
): Promise<OwnMeasures> => measured(folder, answers, samples, { asksIntervals: true, signal });

async function measured(
  folder: string | undefined,
  { task, scores }: Answered,
  samples: readonly Pick<Example, 'target'>[],
  { asksIntervals, signal }: { readonly asksIntervals: boolean; readonly signal: AbortSignal | undefined },
): Promise<OwnMeasures> {
  const modules = folder === undefined ? [] : await modulesIn(folder);
  if (folder === undefined || modules.length === 0) return { values: {}, lower: {}, upper: {} };
  const rows = Array.from({ length: scores.rows }, (_, row) => [
    ...scores.values.subarray(row * scores.columns, (row + 1) * scores.columns),
  ]);
  const input: OwnMetricInput = {
    labels: labelsOf(task) ?? [],
    actual: samples.map(({ target }) => target),
    predicted: answersTo(task, scores),
    probabilities: rows,
  };
  const [values, lower, upper]: Record<string, number>[] = [{}, {}, {}];
  for (const file of modules) {
    const name = nameOf(file);
    const { value, interval } = await finiteValue(join(folder, file), input, asksIntervals);
    values![name] = value;
    if (interval) [lower![name], upper![name]] = interval;
    signal?.throwIfAborted();
  }
  return { values: values!, lower: lower!, upper: upper! };
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

async function finiteValue(
  path: string,
  input: OwnMetricInput,
  asksInterval: boolean,
): Promise<{ value: number; interval: Interval | null }> {
  const answer = await asked(path, { input, asksInterval });
  if ('error' in answer) throw refused(path, answer.error);
  const { value, interval = null } = 'value' in answer ? answer : {};
  if (typeof value === 'number' && Number.isFinite(value)) return { value, interval };
  throw refused(
    path,
    `it gives ${String(value)}: a metric must give a finite number, also where a class is missing`,
  );
}

function asked(path: string, question: MetricQuestion): Promise<MetricAnswer> {
  const worker = new Worker(CHILD, { workerData: { url: pathToFileURL(path).href, ...question }, env: {} });
  const { promise, resolve } = Promise.withResolvers<MetricAnswer>();
  let known: MetricAnswer | undefined; // a value whose interval is not there yet
  const fail = (error: string) => resolve(known ?? { error });
  const timer = setTimeout(() => fail(`it takes longer than ${LIMIT_MS / 1_000} s`), LIMIT_MS);
  worker.on('message', (answer: MetricAnswer) => {
    const isWhole = !('asksInterval' in question && question.asksInterval) || !isBare(answer);
    if (isWhole) return resolve(answer);
    known = answer;
    timer.refresh();
  });
  worker.once('error', (error) => fail(error instanceof Error ? error.message : String(error)));
  worker.once('exit', (code) => fail(`it ended with ${code} before it gave a value`));
  return promise.finally(() => {
    clearTimeout(timer);
    return worker.terminate();
  });
}

const isBare = (answer: MetricAnswer): boolean => 'value' in answer && answer.interval === undefined;

const refused = (path: string, why: string) =>
  new EpochlogError('INPUT_INVALID', `the metric ${path} cannot be used: ${why}`);
