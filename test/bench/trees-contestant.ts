// Trains the trees on a split and predicts its test part: node trees-contestant.ts SPLIT
import { readFileSync } from 'node:fs';
import { seededRandom, shuffle } from '../../ml/random.ts';
import type { Table } from '../../ml/trees/table.ts';
import { type LabelledTable, trainTrees } from '../../ml/trees/train.ts';
import { ensembleScores } from '../../ml/trees/tree.ts';
import type { Outcome, Rows, Split } from './trees-vs-sklearn.ts';

const split: Split = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
const order = shuffle(
  split.train.rows.map((_, at) => at),
  seededRandom(1),
);
const tenth = Math.round(order.length / 10);
const [validation, train] = [order.slice(0, tenth), order.slice(tenth)].map(
  (rows): LabelledTable => ({
    table: tableOf(rows.map((row) => split.train.rows[row]!)),
    targets: Float64Array.from(rows, (row) => split.train.targets[row]!),
  }),
);

const start = performance.now();
const training = trainTrees(train!, validation, { kind: split.kind });
let step = training.next();
while (!step.done) step = training.next();
const fitted = performance.now();
const scores = ensembleScores(step.value, tableOf(split.test.rows));
const done = performance.now();

const outcome: Outcome = {
  fitSeconds: (fitted - start) / 1_000,
  predictSeconds: (done - fitted) / 1_000,
  peakMegabytes: process.resourceUsage().maxRSS / 1_000,
  rounds: step.value.bestRound,
  metrics: split.kind === 'binary' ? ofClasses(scores) : ofNumbers(scores),
};
process.stdout.write(JSON.stringify(outcome));

function tableOf(rows: Rows): Table {
  const values = Float32Array.from(rows.flat(), (value) => value ?? Number.NaN);
  return { rows: rows.length, columns: split.columns, values };
}

function ofClasses(logits: Float64Array): Record<string, number> {
  const { targets } = split.test;
  const losses = targets.map((target, at) => Math.log1p(Math.exp(target === 1 ? -logits[at]! : logits[at]!)));
  const right = targets.filter((target, at) => (logits[at]! > 0 ? 1 : 0) === target).length;
  return { auroc: auroc(logits, targets), logLoss: mean(losses), accuracy: right / targets.length };
}

/** The share of pairs of a late and a punctual one that are in the right order; half for equal scores. */
function auroc(scores: Float64Array, targets: readonly number[]): number {
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

function ofNumbers(predicted: Float64Array): Record<string, number> {
  const errors = split.test.targets.map((target, at) => predicted[at]! - target);
  return { rmse: Math.sqrt(mean(errors.map((error) => error ** 2))), mae: mean(errors.map(Math.abs)) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
