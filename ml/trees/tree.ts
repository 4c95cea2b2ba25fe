import { MAX_BINS, type Table } from './table.ts';

/**
 * A decision tree, nodes in the order in which they were made, the root first. `feature[node]` is -1 for a leaf. A row
 * goes to `left[node]` when its number is at most `threshold[node]`, when its code is in the node's set, or when its
 * number is missing and `missingLeft[node]` is 1; else to `right[node]`.
 */
export interface Tree {
  readonly feature: Int16Array;
  readonly threshold: Float32Array;
  readonly missingLeft: Uint8Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** what a leaf adds to the score */
  readonly value: Float32Array;
  /** codes that go left, of nodes that split a category */
  readonly categories: ReadonlyMap<number, readonly number[]>;
}

/** Trees added up to one or several scores for each row: tree t belongs to score t mod `scores`. */
export interface TreeEnsemble {
  readonly scores: number;
  /** what each score begins with */
  readonly base: Float64Array;
  readonly trees: readonly Tree[];
}

/** One of the scores of each row: that of row r is `values[r * stride + offset]`. */
export interface ScoreColumn {
  readonly values: Float64Array;
  readonly stride: number;
  readonly offset: number;
}

/** Adds what a tree says of the rows of a table to one of their scores. */
export function addTree(tree: Tree, { rows, columns, values }: Table, scores: ScoreColumn): void {
  const { feature, threshold, missingLeft, left, right } = tree;
  const sets = Array.from(feature, (_, node) => membersOf(tree.categories.get(node)));
  for (let row = 0; row < rows; row++) {
    const start = row * columns.length;
    let node = 0;
    for (let column = feature[0]!; column >= 0; column = feature[node]!) {
      const value = values[start + column]!;
      const set = sets[node];
      const goesLeft = set
        ? set[value] === 1
        : value <= threshold[node]! || (Number.isNaN(value) && missingLeft[node] === 1);
      node = goesLeft ? left[node]! : right[node]!;
    }
    scores.values[row * scores.stride + scores.offset]! += tree.value[node]!;
  }
}

/** By code: 1 for those of a set. */
function membersOf(codes: readonly number[] | undefined): Uint8Array | undefined {
  if (!codes) return undefined;
  const members = new Uint8Array(MAX_BINS);
  for (const code of codes) members[code] = 1;
  return members;
}

/** The scores of the rows of a table, row by row: `result[row * scores + score]`. */
export function ensembleScores({ scores, base, trees }: TreeEnsemble, table: Table): Float64Array {
  const values = baseScores(base, table.rows);
  for (const [index, tree] of trees.entries()) {
    addTree(tree, table, { values, stride: scores, offset: index % scores });
  }
  return values;
}

/** The scores of so many rows before the first tree. */
export function baseScores(base: Float64Array, rows: number): Float64Array {
  const values = new Float64Array(rows * base.length);
  for (let at = 0; at < values.length; at += base.length) values.set(base, at);
  return values;
}
