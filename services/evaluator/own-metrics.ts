import { readdir } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { EpochlogError, systemCodeOf } from '../../kernel/errors.ts';
import { answersTo } from '../../ml/answers.ts';
import { labelsOf } from '../../ml/problem.ts';
import type { Answers } from './measure.ts';
import type { Sample } from './samples.ts';

/** What a metric of the user is asked: the arrays of scikit-learn's metrics. */
export interface OwnMetricInput {
  /** of a classifier, in the order of the columns of `probabilities` */
  readonly labels: readonly string[];
  readonly actual: readonly (string | number)[];
  readonly predicted: readonly (string | number)[];
  /** a row for each sample; of a number its one column */
  readonly probabilities: readonly (readonly number[])[];
}

export type MetricAnswer = { readonly value: unknown } | { readonly error: string };

const LIMIT_MS = 60_000;
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;
const CHILD = new URL('metric-child.ts', import.meta.url);

/**
 * The values of the metrics in a folder, by the name of their file: `custom.NAME`. Each is a module (.ts, .mts, .js, .mjs) that
 * exports a pure function `metric`. It runs in a thread of its own, for a minute at most.
 *
 * @returns nothing without a folder. INPUT_INVALID names the module that is none, throws, or gives something else than a
 *   finite number.
 */
export async function ownMetrics(
  folder: string | undefined,
  { task, scores }: Answers,
  samples: readonly Sample[],
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
    values[`custom.${parse(file).name}`] = await finiteValue(join(folder, file), input);
    signal?.throwIfAborted();
  }
  return values;
}

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
    throw refused(folder, 'there is no such folder (EPOCHLOG_EVALUATOR_METRICS names it)');
  }
}

async function finiteValue(path: string, input: OwnMetricInput): Promise<number> {
  const answer = await asked(path, input);
  if ('error' in answer) throw refused(path, answer.error);
  if (typeof answer.value === 'number' && Number.isFinite(answer.value)) return answer.value;
  throw refused(
    path,
    `it gives ${String(answer.value)}: a metric must give a finite number, also where a class is missing`,
  );
}

function asked(path: string, input: OwnMetricInput): Promise<MetricAnswer> {
  const worker = new Worker(CHILD, { workerData: { url: pathToFileURL(path).href, input }, env: {} });
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
