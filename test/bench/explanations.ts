/**
 * What an explanation of an answer costs: node test/bench/explanations.ts [--papers FILE]
 *
 * A linear model of texts (papers of the file, or generated ones) and trees of a generated table are trained, and 300 answers of
 * each are explained one by one, as `POST /v1/predict` with `explain` does. A table on standard output.
 */

import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { completeParameters, engineNamed } from '../../ml/engines.ts';
import { explainerOf } from '../../ml/explain/explainer.ts';
import { explain } from '../../ml/explain/explanation.ts';
import { openPackage } from '../../ml/package/open.ts';
import { buildPackage } from '../../ml/package/package.ts';
import { validatePackage } from '../../ml/package/validate.ts';
import type { Example } from '../../ml/problem.ts';
import { loadGenerator, loadTasks } from '../../tasks/load.ts';
import { problemOf } from '../../tasks/problem.ts';
import { readRow, readRows } from '../../tasks/rows.ts';
import { undisturbed } from '../harness/toy-package.ts';

const { values: asked } = parseArgs({ options: { papers: { type: 'string' } } });
const ANSWERS = 300;
const tasks = await loadTasks();

async function examplesOf(name: string, file?: string): Promise<Example[]> {
  const task = tasks.get(name)!;
  const bytes = file
    ? await readFile(file)
    : Buffer.from(
        [...(await loadGenerator(name))!({ rows: 8_000 })].map((row) => JSON.stringify(row)).join('\n'),
      );
  const examples: Example[] = [];
  for await (const row of readRows({ name: file ?? 'rows.jsonl', bytes }, task)) {
    const { record } = readRow(row, task);
    const sample = record && task.prepare(record).sample;
    if (sample) examples.push({ instance: sample.instance, target: sample.target });
  }
  return examples;
}

console.log('| model | features of an answer | mean ms | p95 ms |\n|---|---|---|---|');
for (const [name, engine, file] of [
  ['arxiv', 'linear', asked.papers],
  ['account-health', 'linear', undefined],
  ['account-health', 'trees', undefined],
] as const) {
  const task = tasks.get(name)!;
  const examples = await examplesOf(name, file);
  const labels = [...new Set(examples.map(({ target }) => String(target)))].sort();
  const cut = Math.floor(examples.length * 0.9);
  const data = {
    ...{ task: problemOf(task, labels), schema: task.schema, seed: 1 },
    ...{ train: examples.slice(0, cut), validation: examples.slice(cut) },
    parameters: completeParameters(engine, {}),
  };
  const trained = await engineNamed(engine).train({ ...data, ...undisturbed() });
  const { files } = await buildPackage(trained, data, {
    ...{ name, engine },
    dataset: { id: 'd', sha256: 'd', description: '', samples: { train: cut, validation: 1 } },
  });
  const opened = openPackage(files);
  const explainer = explainerOf(
    validatePackage(files),
    data.train.slice(0, 2_000).map(({ instance }) => instance),
  )!;
  const times: number[] = [];
  let features = 0;
  for (const { instance } of data.validation.slice(0, ANSWERS)) {
    const started = performance.now();
    features += explain(explainer, opened.task, opened.clean(opened.validate(instance))).contributions.length;
    times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  const p95 = times[Math.ceil(0.95 * times.length) - 1]!;
  const cells = [`${name}, ${engine}`, (features / times.length).toFixed(0), mean.toFixed(2), p95.toFixed(2)];
  console.log(`| ${cells.join(' | ')} |`);
}
