import { expect, test } from 'vitest';
import { openGraph } from '../../../services/trainer/tools.ts';
import type { Tensor } from '../../adapters/adapter.ts';
import { seededRandom } from '../../random.ts';
import { encodeModel, type OperatorNode, type TensorType } from '../model-proto.ts';
import { type GraphPart, PartBuilder } from '../part.ts';
import { differentiate } from './differentiate.ts';

type Attributes = OperatorNode['attributes'];

/** A graph with the output `y`, and the shapes of those of its inputs that are differentiated. */
interface Case {
  readonly name: string;
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** numbers of rows, for what takes some */
  readonly ids?: { readonly name: string; readonly shape: readonly number[]; readonly below: number };
  build(graph: PartBuilder): void;
}

const operator = (
  name: string,
  inputs: Case['inputs'],
  attributes?: Attributes,
  constants: Readonly<Record<string, readonly number[]>> = {},
): Case => ({
  name: `${name} of ${Object.values(inputs).map((shape) => `[${shape}]`)} ${JSON.stringify(attributes ?? '')}`,
  inputs,
  build(graph) {
    const integers = Object.entries(constants).map(([constant, values]) =>
      graph.integers(constant, ...values),
    );
    graph.node('y', name, [...Object.keys(inputs), ...integers], attributes);
  },
});

const CASES: readonly Case[] = [
  operator('MatMul', { a: [2, 3, 4], b: [4, 5] }),
  operator('MatMul', { a: [3, 4], b: [4, 2] }),
  operator('MatMul', { a: [2, 2, 3, 4], b: [2, 2, 4, 3] }),
  operator('Add', { a: [2, 3, 4], b: [4] }),
  operator('Add', { a: [2, 1, 4], b: [3, 1] }),
  operator('Sub', { a: [4], b: [2, 3, 4] }),
  operator('Mul', { a: [2, 3, 4], b: [2, 3, 1] }),
  operator('Mul', { a: [], b: [3, 2] }),
  operator('Div', { a: [2, 3], b: [2, 1] }),
  operator('Neg', { a: [3] }),
  operator('Exp', { a: [4] }),
  operator('Sqrt', { a: [4] }),
  operator('Tanh', { a: [5] }),
  operator('Erf', { a: [6] }),
  operator('Softmax', { a: [2, 2, 5] }, { axis: -1 }),
  operator('LogSoftmax', { a: [3, 4] }, { axis: -1 }),
  operator(
    'LayerNormalization',
    { x: [2, 3, 5], scale: [5], shift: [5] },
    { axis: -1, epsilon: { float: 1e-5 } },
  ),
  operator('Transpose', { a: [2, 3, 4] }, { perm: [2, 0, 1] }),
  operator('Reshape', { a: [2, 3, 4] }, undefined, { to: [0, 0, 2, 2] }),
  operator('Unsqueeze', { a: [2, 3] }, undefined, { axes: [1] }),
  operator('Squeeze', { a: [2, 1, 3] }, undefined, { axes: [1] }),
  operator('ReduceSum', { a: [2, 3, 4] }, { keepdims: 0 }, { axes: [1] }),
  operator('ReduceSum', { a: [2, 3, 4] }, { keepdims: 1 }, { axes: [-1, 0] }),
  operator('ReduceMean', { a: [2, 3, 4] }, { keepdims: 0, axes: [1] }),
  operator('Slice', { a: [5, 3] }, undefined, { from: [0], to: [3] }),
  {
    name: 'Gather of rows, of which some come more than once',
    inputs: { table: [6, 3] },
    ids: { name: 'ids', shape: [4, 5], below: 6 },
    build: (graph) => void graph.node('y', 'Gather', ['table', 'ids']),
  },
  {
    name: 'GELU, whose input is used twice',
    inputs: { x: [3, 4] },
    build(graph) {
      const erf = graph.node('erf', 'Erf', [
        graph.node('scaled', 'Mul', ['x', graph.number('s', Math.SQRT1_2)]),
      ]);
      graph.node('y', 'Mul', ['x', graph.node('raised', 'Add', [erf, graph.number('one', 1)])]);
    },
  },
  {
    name: 'attention with a mask',
    inputs: { q: [2, 3, 4], k: [2, 3, 4], v: [2, 3, 4] },
    build(graph) {
      graph.node('kt', 'Transpose', ['k'], { perm: [0, 2, 1] });
      graph.node('scores', 'MatMul', ['q', 'kt']);
      graph.floats('mask', [2, 1, 3], Float32Array.of(0, 0, -1e9, 0, 0, 0));
      graph.node('masked', 'Add', ['scores', 'mask']);
      graph.node('shares', 'Softmax', ['masked'], { axis: -1 });
      graph.node('y', 'MatMul', ['shares', 'v']);
    },
  },
  {
    name: 'cross entropy',
    inputs: { logits: [4, 3] },
    build(graph) {
      graph.node('logs', 'LogSoftmax', ['logits'], { axis: -1 });
      graph.floats('targets', [4, 3], Float32Array.of(1, 0, 0, 0, 0.5, 0.5, 0, 0, 1, 0, 1, 0));
      graph.node('chosen', 'Mul', ['logs', 'targets']);
      graph.node('y', 'ReduceSum', ['chosen', graph.integers('axes', 0, 1)], { keepdims: 0 });
    },
  },
];

const STEP = 1 / 32;
const random = seededRandom(11);
const floats = (shape: readonly number[], of: () => number): Tensor & { data: Float32Array } => ({
  dims: shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, of),
});

/** The graph with the inner product of `y` and weights as `sum`, and the gradients of that. */
async function opened({ inputs, ids, build }: Case, weights: Tensor) {
  const graph = new PartBuilder();
  build(graph);
  const types: TensorType[] = [
    ...Object.entries(inputs).map(([name, shape]): TensorType => ({ name, type: 'float', shape })),
    { name: 'weights', type: 'float', shape: weights.dims },
    ...(ids ? [{ name: ids.name, type: 'int64', shape: ids.shape } as const] : []),
  ];
  const asked = Object.keys(inputs);
  const { part, names } = differentiate({
    part: graph.part,
    shapes: new Map(types.map(({ name, shape }) => [name, shape])),
    given: new Map([['y', 'weights']]),
    asked,
  });
  const value = await openGraph(modelOf('value', types, [['y', weights.dims]], [graph.part]));
  const outputs = asked.map((name): [string, readonly number[]] => [names.get(name)!, inputs[name]!]);
  const gradient = await openGraph(modelOf('gradient', types, outputs, [graph.part, part]));
  return { value, gradient, names };
}

const modelOf = (
  name: string,
  inputs: readonly TensorType[],
  outputs: readonly (readonly [string, readonly number[]])[],
  parts: readonly GraphPart[],
): Uint8Array =>
  encodeModel({
    ...{ name, metadata: {}, inputs },
    outputs: outputs.map(([output, shape]) => ({ name: output, type: 'float', shape })),
    constants: parts.flatMap(({ constants }) => constants),
    nodes: parts.flatMap(({ nodes }) => nodes),
  });

async function shapeOfOutput({ inputs, ids, build }: Case, feeds: Record<string, Tensor>) {
  const graph = new PartBuilder();
  build(graph);
  const types: TensorType[] = [
    ...Object.entries(inputs).map(([name, shape]): TensorType => ({ name, type: 'float', shape })),
    ...(ids ? [{ name: ids.name, type: 'int64', shape: ids.shape } as const] : []),
  ];
  const session = await openGraph(
    encodeModel({
      name: 'shape',
      metadata: {},
      inputs: types,
      outputs: [{ name: 'y', type: 'float', shape: ['?'] }],
      ...graph.part,
    }),
  );
  const { y } = await session.run(feeds);
  return y!.dims;
}

test.each(CASES)('the gradient of $name is that of finite differences', async (given) => {
  const feeds: Record<string, Tensor> = {}; // from 0.5, where all is smooth
  for (const [name, shape] of Object.entries(given.inputs))
    feeds[name] = floats(shape, () => 0.5 + 4 * random());
  if (given.ids) {
    const { name, shape, below } = given.ids;
    const { data } = floats(shape, () => Math.floor(below * random()));
    feeds[name] = { dims: shape, data: BigInt64Array.from(data, BigInt) };
  }
  const weights = floats(await shapeOfOutput(given, feeds), () => random() - 0.5);
  const { value, gradient, names } = await opened(given, weights);
  const valueAt = async () => {
    const { y } = await value.run({ ...feeds, weights });
    return weights.data.reduce((sum, weight, at) => sum + weight * Number(y!.data[at]), 0);
  };
  const gradients = await gradient.run({ ...feeds, weights });
  for (const [name, shape] of Object.entries(given.inputs)) {
    const { data } = feeds[name] as { data: Float32Array };
    const { data: found, dims } = gradients[names.get(name)!]!;
    expect(dims).toEqual(shape);
    const middle = data.slice();
    for (let direction = 0; direction < 3; direction++) {
      const along = middle.map(() => random() - 0.5);
      const moved = async (by: number) => {
        data.set(middle.map((element, at) => element + by * along[at]!));
        return valueAt();
      };
      // of fourth order, so that the step can be long beside the rounding of 32 bits
      const near = (await moved(STEP)) - (await moved(-STEP));
      const far = (await moved(2 * STEP)) - (await moved(-2 * STEP));
      const slope = along.reduce((sum, part, at) => sum + part * Number(found[at]), 0);
      expect(Math.abs(slope - (8 * near - far) / (12 * STEP))).toBeLessThan(2e-4);
    }
    data.set(middle);
  }
  await value.close();
  await gradient.close();
});
