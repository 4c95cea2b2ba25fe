import type { LearningProblem } from '../problem.ts';
import type { Tree, TreeEnsemble } from '../trees/tree.ts';
import { headOf } from './heads.ts';
import { type Attribute, encodeModel, type OperatorNode, type TensorType } from './model-proto.ts';

/**
 * Boosted trees as an ONNX graph, ended by `headOf`: input `row` float [batch, columns], a row's numbers (NaN where
 * missing) and codes of categories, see `Table`. The score of two classes is the log-odds of the second, so the first
 * one's is zero. The same trees give the same bytes.
 */
export function exportTrees(
  ensemble: TreeEnsemble,
  { task, temperature }: { task: LearningProblem; temperature: number },
  inputs: readonly TensorType[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const head = headOf(task, temperature, { mean: 0, deviation: 1 });
  const oneOfTwo = task.type === 'classification' && ensemble.scores === 1;
  const targets = oneOfTwo ? 2 : ensemble.scores;
  const base = oneOfTwo ? [0, ...ensemble.base] : ensemble.base;
  const trees: OperatorNode = {
    domain: 'ai.onnx.ml',
    operator: 'TreeEnsemble',
    inputs: ['row'],
    output: 'sums',
    attributes: {
      ...treeAttributes(ensemble.trees, (tree) => (oneOfTwo ? 1 : tree % ensemble.scores)),
      n_targets: targets,
    },
  };
  return encodeModel({
    name: 'trees',
    inputs,
    outputs: head.outputs,
    constants: [{ name: 'base', shape: [targets], values: Float32Array.from(base) }, ...head.constants],
    nodes: [trees, { operator: 'Add', inputs: ['sums', 'base'], output: 'margins' }, ...head.nodes],
    metadata: { ...head.metadata, ...metadata },
  });
}

/** Modes of inner nodes, as TreeEnsemble 5 numbers them. */
const LESS_OR_EQUAL_MODE = 0;
export const MEMBER_MODE = 6;

interface Child {
  /** among all inner nodes, or among all leaves */
  readonly id: number;
  readonly isLeaf: boolean;
}

interface InnerNode {
  readonly tree: Tree;
  readonly node: number;
  readonly left: Child;
  readonly right: Child;
}

/**
 * The attributes of TreeEnsemble (ai.onnx.ml 5): inner nodes and leaves are numbered apart, each over all trees; the
 * sets of nodes that test membership follow each other, each ended by NaN.
 */
function treeAttributes(
  trees: readonly Tree[],
  targetOf: (tree: number) => number,
): Record<string, Attribute> {
  const roots: number[] = [];
  const inner: InnerNode[] = [];
  const leaves: { target: number; weight: number }[] = [];
  for (const [index, tree] of trees.entries()) {
    roots.push(inner.length);
    inner.push(...innerNodes(tree, inner.length, leaves.length));
    const weights = tree.value.filter((_, node) => isLeaf(tree, node));
    for (const weight of weights) leaves.push({ target: targetOf(index), weight });
  }
  const sets = inner.flatMap(({ tree, node }) => tree.categories.get(node)?.concat(Number.NaN) ?? []);
  return {
    tree_roots: roots,
    nodes_featureids: inner.map(({ tree, node }) => Math.max(0, tree.feature[node]!)),
    nodes_splits: Float32Array.from(inner, ({ tree, node }) => tree.threshold[node]!),
    nodes_modes: Uint8Array.from(inner, ({ tree, node }) =>
      tree.categories.has(node) ? MEMBER_MODE : LESS_OR_EQUAL_MODE,
    ),
    nodes_missing_value_tracks_true: inner.map(({ tree, node }) => tree.missingLeft[node]!),
    nodes_truenodeids: inner.map(({ left }) => left.id),
    nodes_trueleafs: inner.map(({ left }) => Number(left.isLeaf)),
    nodes_falsenodeids: inner.map(({ right }) => right.id),
    nodes_falseleafs: inner.map(({ right }) => Number(right.isLeaf)),
    leaf_targetids: leaves.map(({ target }) => target),
    leaf_weights: Float32Array.from(leaves, ({ weight }) => weight),
    ...(sets.length > 0 && { membership_values: Float32Array.from(sets) }),
  };
}

const isLeaf = (tree: Tree, node: number): boolean => tree.feature[node] === -1;

/** The inner nodes of a tree in their order; a tree of a single leaf is one, with that leaf on both sides. */
function innerNodes(tree: Tree, firstInner: number, firstLeaf: number): InnerNode[] {
  const next = { inner: firstInner, leaf: firstLeaf };
  const children = Array.from(tree.feature.keys(), (node): Child => {
    const leaf = isLeaf(tree, node);
    return { id: leaf ? next.leaf++ : next.inner++, isLeaf: leaf };
  });
  if (isLeaf(tree, 0)) return [{ tree, node: 0, left: children[0]!, right: children[0]! }];
  return [...tree.feature.keys()]
    .filter((node) => !isLeaf(tree, node))
    .map((node) => ({ tree, node, left: children[tree.left[node]!]!, right: children[tree.right[node]!]! }));
}
