import { describe, expect, test } from 'vitest';
import { amount, classOf, generatedTable } from '../trees/fixtures.ts';
import type { Objective } from '../trees/loss.ts';
import { trainTrees } from '../trees/train.ts';
import { ensembleScores, type Tree, type TreeEnsemble } from '../trees/tree.ts';
import { type CoveredTree, coversOf, rowOf, treeShap } from './tree-shap.ts';

const COLUMNS = 3;

function trained(objective: Objective, targetOf: typeof amount, maxRounds = 6): TreeEnsemble {
  const training = trainTrees(generatedTable(600, 3, targetOf), undefined, objective, { maxRounds });
  for (;;) {
    const step = training.next();
    if (step.done) return step.value;
  }
}

/** The score where only some columns are known: the others go both ways, by cover. */
function known(
  { tree, cover }: CoveredTree,
  row: Float32Array,
  columns: ReadonlySet<number>,
  node = 0,
): number {
  const column = tree.feature[node]!;
  if (column < 0) return tree.value[node]!;
  const [left, right] = [tree.left[node]!, tree.right[node]!];
  const value = (child: number) => known({ tree, cover }, row, columns, child);
  if (!columns.has(column)) return (cover[left]! * value(left) + cover[right]! * value(right)) / cover[node]!;
  return value(goesLeft(tree, node, row[column]!) ? left : right);
}

const goesLeft = (tree: Tree, node: number, value: number) =>
  tree.categories.get(node)?.includes(value) ??
  (value <= tree.threshold[node]! || (Number.isNaN(value) && tree.missingLeft[node] === 1));

/** Shapley's formula, over all orders of the columns. */
function shapley(trees: readonly CoveredTree[], row: Float32Array): number[] {
  const score = (columns: ReadonlySet<number>) =>
    trees.reduce((sum, tree) => sum + known(tree, row, columns), 0);
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ];
  const values = new Array<number>(COLUMNS).fill(0);
  for (const order of orders)
    for (const [at, column] of order.entries()) {
      const before = new Set(order.slice(0, at));
      values[column]! += (score(new Set([...before, column])) - score(before)) / orders.length;
    }
  return values;
}

const { table } = generatedTable(300, 7, amount);

describe('TreeSHAP', () => {
  test('gives the Shapley values, of missing numbers and of categories too', () => {
    const ensemble = trained({ kind: 'regression' }, amount);
    const trees = coversOf(ensemble, generatedTable(600, 3, amount).table);
    expect(trees.some(({ tree }) => tree.categories.size > 0)).toBe(true);
    for (let row = 0; row < 12; row++) {
      const { values } = treeShap(ensemble, trees, rowOf(table, row));
      for (const [column, value] of shapley(trees, rowOf(table, row)).entries())
        expect(values[column]).toBeCloseTo(value, 9);
    }
  });

  test('adds up to the score of each class, also by a reference that leaves nodes empty', () => {
    const ensemble = trained({ kind: 'multiclass', classes: 3 }, classOf(3));
    const trees = coversOf(ensemble, generatedTable(5, 1, amount).table);
    const scores = ensembleScores(ensemble, table);
    for (let row = 0; row < 50; row++)
      for (let score = 0; score < 3; score++) {
        const { base, values } = treeShap(ensemble, trees, rowOf(table, row), score);
        const total = values.reduce((sum, value) => sum + value, base);
        expect(total).toBeCloseTo(scores[row * 3 + score]!, 6);
      }
  });
});
