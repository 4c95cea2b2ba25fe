import type { Tree, TreeEnsemble } from '../trees/tree.ts';
import { readConstants, valuesOf } from './constants.ts';
import { writtenModel } from './messages.ts';
import { MEMBER_MODE } from './trees.ts';

interface ReadAttribute {
  readonly name: string;
  readonly ints?: readonly number[];
  readonly t?: Parameters<typeof valuesOf>[0];
}

interface Attributes {
  list(name: string): readonly number[];
}

/** The trees in a graph that `exportTrees` wrote. */
export function readTrees(onnx: Uint8Array): TreeEnsemble {
  const { graph } = writtenModel().toObject(writtenModel().decode(onnx), { longs: Number }) as {
    graph: { node: readonly { op_type: string; attribute?: readonly ReadAttribute[] }[] };
  };
  const node = graph.node.find(({ op_type }) => op_type === 'TreeEnsemble')!;
  const found = new Map(
    node.attribute?.map(({ name, ints, t }) => [name, ints ?? (t ? [...valuesOf(t)] : [])]),
  );
  const attributes: Attributes = { list: (name) => found.get(name) ?? [] };
  const sets = setsIn(attributes);
  const trees = attributes.list('tree_roots').map((root) => treeAt(root, attributes, sets));
  const base = Float64Array.from(readConstants(onnx).get('base')!);
  const targets = new Set(attributes.list('leaf_targetids'));
  const isOneOfTwo = base.length === 2 && !targets.has(0);
  return isOneOfTwo ? { scores: 1, base: base.slice(1), trees } : { scores: base.length, base, trees };
}

/** The codes of each node that tests membership: sets follow each other, each ended by NaN. */
function setsIn({ list }: Attributes): Map<number, number[]> {
  const sets = new Map<number, number[]>();
  const members = list('membership_values').values();
  for (const [node, mode] of list('nodes_modes').entries()) {
    if (mode !== MEMBER_MODE) continue;
    const codes: number[] = [];
    for (const code of members) {
      if (Number.isNaN(code)) break;
      codes.push(code);
    }
    sets.set(node, codes);
  }
  return sets;
}

function treeAt(root: number, { list }: Attributes, sets: ReadonlyMap<number, readonly number[]>): Tree {
  const nodes = { feature: [-1], threshold: [0], missingLeft: [0], left: [0], right: [0], value: [0] };
  const categories = new Map<number, readonly number[]>();
  const weights = list('leaf_weights');
  const sides = {
    left: [list('nodes_truenodeids'), list('nodes_trueleafs')],
    right: [list('nodes_falsenodeids'), list('nodes_falseleafs')],
  } as const;
  const isSingleLeaf =
    sides.left[1][root] === 1 && sides.right[1][root] === 1 && sides.left[0][root] === sides.right[0][root];
  if (isSingleLeaf) nodes.value[0] = weights[sides.left[0][root]!]!;
  else fill(0, root);
  return {
    feature: Int16Array.from(nodes.feature),
    threshold: Float32Array.from(nodes.threshold),
    missingLeft: Uint8Array.from(nodes.missingLeft),
    left: Int32Array.from(nodes.left),
    right: Int32Array.from(nodes.right),
    value: Float32Array.from(nodes.value),
    categories,
  };

  function fill(node: number, inner: number): void {
    nodes.feature[node] = list('nodes_featureids')[inner]!;
    nodes.threshold[node] = list('nodes_splits')[inner]!;
    nodes.missingLeft[node] = list('nodes_missing_value_tracks_true')[inner]!;
    const set = sets.get(inner);
    if (set) categories.set(node, set);
    for (const side of ['left', 'right'] as const) {
      const [ids, leaves] = sides[side];
      const child = add();
      nodes[side][node] = child;
      if (leaves[inner] === 1) nodes.value[child] = weights[ids[inner]!]!;
      else fill(child, ids[inner]!);
    }
  }

  function add(): number {
    for (const values of [nodes.threshold, nodes.missingLeft, nodes.left, nodes.right, nodes.value])
      values.push(0);
    return nodes.feature.push(-1) - 1;
  }
}
