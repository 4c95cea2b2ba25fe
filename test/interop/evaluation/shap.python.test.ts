import { expect, test } from 'vitest';
import { coversOf, rowOf, treeShap } from '../../../ml/explain/tree-shap.ts';
import { seededRandom } from '../../../ml/random.ts';
import type { Table } from '../../../ml/trees/table.ts';
import { trainTrees } from '../../../ml/trees/train.ts';
import type { TreeEnsemble } from '../../../ml/trees/tree.ts';
import { ask } from './ask.ts';

const COLUMNS = 6;
const random = seededRandom(5);

/** Numbers, a tenth of which are missing. */
function numbers(rows: number): Table {
  const values = Float32Array.from({ length: rows * COLUMNS }, () =>
    random() < 0.1 ? Number.NaN : 10 * random(),
  );
  return { rows, columns: Array.from({ length: COLUMNS }, () => ({ kind: 'number' })), values };
}

function trained(table: Table): TreeEnsemble {
  const targets = Float64Array.from({ length: table.rows }, (_, row) => {
    const [a = 0, b = 0, c = 0] = rowOf(table, row);
    return (a > 5 ? b : -c || 0) + (Number.isNaN(a) ? 7 : 0) + random();
  }).map((target) => (Number.isNaN(target) ? 3 : target));
  const training = trainTrees({ table, targets }, undefined, { kind: 'regression' }, { maxRounds: 40 });
  for (;;) {
    const step = training.next();
    if (step.done) return step.value;
  }
}

test('SHAP values of boosted trees are those of the package shap, to 1e-6', async () => {
  const table = numbers(1_000);
  const ensemble = trained(table);
  const trees = coversOf(ensemble, table);
  const rows = numbers(60);
  const said = await ask<{ values: number[][]; base: number }>('shap_values.py', {
    trees: trees.map(({ tree, cover }) => ({
      left: Array.from(tree.left, (child, node) => (tree.feature[node] === -1 ? -1 : child)),
      right: Array.from(tree.right, (child, node) => (tree.feature[node] === -1 ? -1 : child)),
      missing: Array.from(tree.feature, (feature, node) =>
        feature === -1 ? -1 : tree.missingLeft[node] === 1 ? tree.left[node] : tree.right[node],
      ),
      feature: [...tree.feature],
      // beyond the last threshold only the missing are on the other side
      threshold: Array.from(tree.threshold, (value) => (value === Infinity ? 1e30 : value)),
      value: [...tree.value],
      cover: [...cover],
    })),
    rows: Array.from({ length: rows.rows }, (_, row) =>
      Array.from(rowOf(rows, row), (value) => (Number.isNaN(value) ? null : value)),
    ),
  });
  expect(trees.some(({ tree }) => tree.missingLeft.includes(1))).toBe(true);
  for (let row = 0; row < rows.rows; row++) {
    const { base, values } = treeShap(ensemble, trees, rowOf(rows, row));
    expect(Math.abs(base - ensemble.base[0]! - said.base)).toBeLessThan(1e-6);
    for (const [column, value] of values.entries())
      expect(Math.abs(value - said.values[row]![column]!)).toBeLessThan(1e-6);
  }
});
