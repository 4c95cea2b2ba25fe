import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { TABULAR_INPUTS } from '../adapters/tabular.ts';
import type { LearningProblem } from '../problem.ts';
import { amount, COLUMNS, classOf, generatedTable } from '../trees/fixtures.ts';
import type { Objective } from '../trees/loss.ts';
import type { Table } from '../trees/table.ts';
import { trainTrees } from '../trees/train.ts';
import { ensembleScores, type TreeEnsemble } from '../trees/tree.ts';
import { readTrees } from './read-trees.ts';
import { exportTrees } from './trees.ts';

const rows = generatedTable(400, 7, amount).table;

function trained(objective: Objective, maxRounds = 20): TreeEnsemble {
  const classes = objective.kind === 'binary' ? 2 : objective.kind === 'multiclass' ? objective.classes : 0;
  const train = generatedTable(1_500, 3, classes > 0 ? classOf(classes) : amount);
  const training = trainTrees(train, undefined, objective, { maxRounds });
  for (;;) {
    const step = training.next();
    if (step.done) return step.value;
  }
}

const NUMBER: Output = { task: { name: 'amount', type: 'regression' }, temperature: 1 };
const classes = (...labels: string[]): LearningProblem => ({ name: 'class', type: 'classification', labels });

interface Output {
  task: LearningProblem;
  temperature: number;
}

async function run(ensemble: TreeEnsemble, output: Output, table: Table): Promise<number[]> {
  const session = await InferenceSession.create(exportTrees(ensemble, output, TABULAR_INPUTS));
  const { prediction, probabilities } = await session.run({
    row: new Tensor('float32', table.values, [table.rows, COLUMNS.length]),
  });
  return Array.from((prediction ?? probabilities)!.data, Number);
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  const furthest = expected.reduce((most, value, at) => Math.max(most, Math.abs(value - actual[at]!)), 0);
  expect(furthest).toBeLessThan(1e-5);
}

describe('boosted trees as an ONNX graph', () => {
  test('ONNX Runtime computes the numbers that the trees give, for missing values and categories too', async () => {
    const ensemble = trained({ kind: 'regression' });
    expect(ensemble.trees.some(({ categories }) => categories.size > 0)).toBe(true);
    expect(ensemble.trees.some(({ missingLeft }) => missingLeft.includes(1))).toBe(true);
    expectClose(await run(ensemble, NUMBER, rows), [...ensembleScores(ensemble, rows)]);
  });

  test('of two classes the second has the probability of its log-odds', async () => {
    const ensemble = trained({ kind: 'binary' });
    const output = { task: classes('low', 'high'), temperature: 1.5 };
    const high = [...ensembleScores(ensemble, rows)].map((score) => 1 / (1 + Math.exp(-score / 1.5)));
    expectClose(
      await run(ensemble, output, rows),
      high.flatMap((p) => [1 - p, p]),
    );
  });

  test('several classes have the softmax of their scores', async () => {
    const ensemble = trained({ kind: 'multiclass', classes: 3 });
    const output = { task: classes('a', 'b', 'c'), temperature: 1 };
    const scores = [...ensembleScores(ensemble, rows)];
    const expected = scores.map((score, at) => {
      const own = scores.slice(at - (at % 3), at - (at % 3) + 3);
      return Math.exp(score) / own.reduce((sum, other) => sum + Math.exp(other), 0);
    });
    expectClose(await run(ensemble, output, rows), expected);
  });

  test('a tree of a single leaf is a constant', async () => {
    const train = generatedTable(30, 1, () => 4); // nothing to split by
    const training = trainTrees(train, undefined, { kind: 'regression' }, { maxRounds: 1 });
    training.next();
    const step = training.next();
    if (!step.done) throw new Error('one round was asked for');
    expectClose(await run(step.value, NUMBER, train.table), Array(30).fill(4));
  });

  test('two exports are the same bytes', () => {
    const bytes = () => exportTrees(trained({ kind: 'regression' }, 3), NUMBER, TABULAR_INPUTS);
    expect(bytes()).toEqual(bytes());
  });

  test.each<[Objective, Output]>([
    [{ kind: 'regression' }, NUMBER],
    [{ kind: 'binary' }, { task: classes('low', 'high'), temperature: 1.5 }],
    [
      { kind: 'multiclass', classes: 3 },
      { task: classes('a', 'b', 'c'), temperature: 2 },
    ],
  ])('is read back as the trees that it was made of ($kind)', (objective, output) => {
    const ensemble = trained(objective, 5);
    const read = readTrees(exportTrees(ensemble, output, TABULAR_INPUTS));
    expect(read.trees).toHaveLength(ensemble.trees.length);
    const [scores, expected] = [read, ensemble].map((own) => [...ensembleScores(own, rows)]);
    expectClose(scores!, expected!);
  });
});
