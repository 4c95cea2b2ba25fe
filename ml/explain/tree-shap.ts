import type { Table } from '../trees/table.ts';
import type { Tree, TreeEnsemble } from '../trees/tree.ts';

/** A tree with the rows of a reference that pass through each of its nodes. */
export interface CoveredTree {
  readonly tree: Tree;
  readonly cover: Float64Array;
}

/** What each column adds to a score of a row; `base` and all of them add up to the score. */
export interface ShapValues {
  /** the mean score, over the reference */
  readonly base: number;
  /** by column */
  readonly values: Float64Array;
}

/** One feature on the path from the root: what share of its subsets goes this way without it, and with it (0 or 1). */
interface Step {
  readonly column: number;
  readonly zero: number;
  readonly one: number;
  weight: number;
}

/** Counts the rows of a table that pass through each node of each tree. */
export function coversOf({ trees }: TreeEnsemble, table: Table): CoveredTree[] {
  return trees.map((tree) => {
    const cover = new Float64Array(tree.feature.length);
    for (let row = 0; row < table.rows; row++) {
      let node = 0;
      cover[0]! += 1;
      while (tree.feature[node]! >= 0) {
        node = childOf(tree, node, rowOf(table, row));
        cover[node]! += 1;
      }
    }
    return { tree, cover };
  });
}

/**
 * The SHAP values of one row in one score of an ensemble: TreeSHAP (Lundberg, Erion and Lee 2018, "Consistent individualized
 * feature attribution for tree ensembles", algorithm 2), exact for the game in which a column that is not known goes down
 * both sides in proportion to the cover: what the package `shap` computes as `tree_path_dependent`.
 *
 * @param trees all of the ensemble, see `coversOf`
 * @param row numbers (NaN where missing) and codes, see `Table`
 */
export function treeShap(
  { scores, base }: Pick<TreeEnsemble, 'scores' | 'base'>,
  trees: readonly CoveredTree[],
  row: Float32Array,
  score = 0,
): ShapValues {
  const values = new Float64Array(row.length);
  let mean = base[score]!;
  for (const [at, covered] of trees.entries()) {
    if (at % scores !== score) continue;
    mean += expectationOf(covered, 0);
    descend(covered, row, values, 0, [], 1, 1, -1);
  }
  return { base: mean, values };
}

/** The mean of the leaves below a node, by cover. */
function expectationOf(covered: CoveredTree, node: number): number {
  const { tree } = covered;
  if (tree.feature[node]! < 0) return tree.value[node]!;
  const [left, right] = [tree.left[node]!, tree.right[node]!];
  return (
    shareOf(covered, node, left) * expectationOf(covered, left) +
    shareOf(covered, node, right) * expectationOf(covered, right)
  );
}

/** Of the cover of a node the share of a child; half of it where no row comes. */
const shareOf = ({ cover }: CoveredTree, node: number, child: number): number =>
  cover[node] === 0 ? 0.5 : cover[child]! / cover[node]!;

function descend(
  covered: CoveredTree,
  row: Float32Array,
  values: Float64Array,
  node: number,
  before: readonly Step[],
  zero: number,
  one: number,
  column: number,
): void {
  if (zero === 0 && one === 0) return; // no subset comes here
  const { tree } = covered;
  const path = extended(before, zero, one, column);
  const split = tree.feature[node]!;
  if (split < 0) {
    for (let at = 1; at < path.length; at++) {
      const step = path[at]!;
      values[step.column]! += sumOfUnwound(path, at) * (step.one - step.zero) * tree.value[node]!;
    }
    return;
  }
  const seen = path.findIndex((step, at) => at > 0 && step.column === split);
  const { zero: zeroBefore, one: oneBefore } = seen < 0 ? { zero: 1, one: 1 } : path[seen]!;
  const rest = seen < 0 ? path : unwound(path, seen);
  const taken = childOf(tree, node, row);
  for (const child of [tree.left[node]!, tree.right[node]!]) {
    const own = child === taken ? oneBefore : 0;
    descend(covered, row, values, child, rest, zeroBefore * shareOf(covered, node, child), own, split);
  }
}

/** The path with one more step: weights of its subsets by size. */
function extended(path: readonly Step[], zero: number, one: number, column: number): Step[] {
  const next = [
    ...path.map((step) => ({ ...step })),
    { column, zero, one, weight: path.length === 0 ? 1 : 0 },
  ];
  const depth = path.length;
  for (let at = depth - 1; at >= 0; at--) {
    next[at + 1]!.weight += (one * next[at]!.weight * (at + 1)) / (depth + 1);
    next[at]!.weight = (zero * next[at]!.weight * (depth - at)) / (depth + 1);
  }
  return next;
}

/** The path without a step: the inverse of `extended`. */
function unwound(path: readonly Step[], removed: number): Step[] {
  const depth = path.length - 1;
  const { zero, one } = path[removed]!;
  const weights = path.map(({ weight }) => weight);
  let next = weights[depth]!;
  for (let at = depth - 1; at >= 0; at--) {
    if (one !== 0) {
      const own = weights[at]!;
      weights[at] = (next * (depth + 1)) / ((at + 1) * one);
      next = own - (weights[at]! * zero * (depth - at)) / (depth + 1);
    } else weights[at] = (weights[at]! * (depth + 1)) / (zero * (depth - at));
  }
  return path.filter((_, at) => at !== removed).map((step, at) => ({ ...step, weight: weights[at]! }));
}

/** The sum of the weights of the path without a step. */
const sumOfUnwound = (path: readonly Step[], removed: number): number =>
  unwound(path, removed).reduce((sum, { weight }) => sum + weight, 0);

function childOf(tree: Tree, node: number, row: Float32Array): number {
  const value = row[tree.feature[node]!]!;
  const set = tree.categories.get(node);
  const goesLeft = set
    ? set.includes(value)
    : value <= tree.threshold[node]! || (Number.isNaN(value) && tree.missingLeft[node] === 1);
  return goesLeft ? tree.left[node]! : tree.right[node]!;
}

/** The values of a row of a table. */
export const rowOf = ({ columns: { length }, values }: Table, row: number): Float32Array =>
  values.subarray(row * length, (row + 1) * length);
