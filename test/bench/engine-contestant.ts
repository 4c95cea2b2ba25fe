// Trains an engine on a split and predicts its test part: node engine-contestant.ts SPLIT ENGINE
import { readFileSync } from 'node:fs';
import { completeParameters, engineNamed } from '../../ml/engines.ts';
import type { Instance, InstanceSchema } from '../../ml/instance/schema.ts';
import type { Example, LearningProblem } from '../../ml/problem.ts';
import { seededRandom, shuffle } from '../../ml/random.ts';
import { undisturbed } from '../harness/toy-package.ts';
import type { Outcome, Rows, Split } from './trees-vs-sklearn.ts';

const [file = '', engine = 'trees'] = process.argv.slice(2);
const split: Split = JSON.parse(readFileSync(file, 'utf8'));
const schema: InstanceSchema = {
  fields: Object.fromEntries(split.columns.map(({ kind }, at) => [`column-${at}`, { type: kind }])),
};
const task: LearningProblem =
  split.kind === 'binary'
    ? { name: 'flights', type: 'classification', labels: ['0', '1'] }
    : { name: 'flights', type: 'regression' };

const examples: Example[] = instancesOf(split.train.rows).map((instance, row) => {
  const target = split.train.targets[row]!;
  return { instance, target: task.type === 'regression' ? target : String(target) };
});
const order = shuffle([...examples.keys()], seededRandom(1));
const tenth = Math.round(order.length / 10);
const part = (rows: readonly number[]) => rows.map((row) => examples[row]!);

const startCpu = process.cpuUsage();
const start = performance.now();
const model = await engineNamed(engine).train({
  task,
  schema,
  train: part(order.slice(tenth)),
  validation: part(order.slice(0, tenth)),
  parameters: completeParameters(engine, engine === 'tfjs' ? { batchSize: 256 } : {}), // of 42,000 rows
  seed: 42,
  ...undisturbed(),
});
const fitted = performance.now();
const cpu = process.cpuUsage(startCpu);
const { values } = await model.predict(instancesOf(split.test.rows));
const done = performance.now();

const outcome: Outcome = {
  fitSeconds: (fitted - start) / 1_000,
  fitCpuSeconds: (cpu.user + cpu.system) / 1_000_000,
  predictSeconds: (done - fitted) / 1_000,
  peakMegabytes: process.resourceUsage().maxRSS / 1_000,
  rounds: model.bestEpoch,
  metrics:
    split.kind === 'binary'
      ? ofClasses(split.test.targets.map((_, at) => values[2 * at + 1]!))
      : ofNumbers(values),
};
process.stdout.write(JSON.stringify(outcome));

function instancesOf(rows: Rows): Instance[] {
  return rows.map((row) =>
    Object.fromEntries(
      row.map((cell, at) => [
        `column-${at}`,
        split.columns[at]!.kind === 'category' && cell !== null ? String(cell) : cell,
      ]),
    ),
  );
}

/** @param probabilities of the second class */
function ofClasses(probabilities: readonly number[]): Record<string, number> {
  const { targets } = split.test;
  const losses = targets.map(
    (target, at) => -Math.log(target === 1 ? probabilities[at]! : 1 - probabilities[at]!),
  );
  const right = targets.filter((target, at) => (probabilities[at]! > 0.5 ? 1 : 0) === target).length;
  return { auroc: auroc(probabilities, targets), logLoss: mean(losses), accuracy: right / targets.length };
}

/** The share of pairs of a late and a punctual one that are in the right order; half for equal scores. */
function auroc(scores: readonly number[], targets: readonly number[]): number {
  const ranked = [...targets.keys()].sort((a, b) => scores[a]! - scores[b]!);
  const positives = targets.filter((target) => target === 1).length;
  let rankSum = 0;
  for (let at = 0; at < ranked.length; ) {
    let end = at;
    while (end < ranked.length && scores[ranked[end]!] === scores[ranked[at]!]) end += 1;
    for (let i = at; i < end; i++) if (targets[ranked[i]!] === 1) rankSum += (at + 1 + end) / 2;
    at = end;
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * (targets.length - positives));
}

function ofNumbers(predicted: ArrayLike<number>): Record<string, number> {
  const errors = split.test.targets.map((target, at) => predicted[at]! - target);
  return { rmse: Math.sqrt(mean(errors.map((error) => error ** 2))), mae: mean(errors.map(Math.abs)) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
