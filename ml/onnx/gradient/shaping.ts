import type { Dimension, OperatorNode } from '../model-proto.ts';
import type { Operator, Shape, Tape } from './tape.ts';

type Integers = ReadonlyMap<string, readonly number[]>;

const permutationOf = ({ attributes }: OperatorNode): readonly number[] => {
  if (Array.isArray(attributes?.perm)) return attributes.perm;
  throw new RangeError('Transpose needs "perm"');
};

/** 0: as it was; what is not known before there are values varies under the name of the output. */
function reshaped(
  [shape = []]: readonly Shape[],
  { inputs, output }: OperatorNode,
  integers: Integers,
): Shape {
  const sizes = integers.get(inputs[1]!);
  if (!sizes) return shape;
  return sizes.map((size, axis): Dimension => {
    if (size === 0) return shape[axis]!;
    return size > 0 ? size : `${output}.${axis}`;
  });
}

/** The axes of a reduction, from 0: an input (ReduceSum), or an attribute (ReduceMean, in the opset that is written). */
function axesOf(rank: number, { inputs, attributes }: OperatorNode, integers: Integers): readonly number[] {
  const axes = inputs[1] === undefined ? attributes?.axes : integers.get(inputs[1]);
  if (!Array.isArray(axes)) throw new RangeError('a reduction needs constant axes');
  return axes.map((axis: number) => (axis < 0 ? rank + axis : axis));
}

const keepsAxes = ({ attributes }: OperatorNode): boolean => attributes?.keepdims !== 0;

function reduced([shape = []]: readonly Shape[], node: OperatorNode, integers: Integers): Shape {
  const axes = axesOf(shape.length, node, integers);
  return shape.flatMap((size, axis): Dimension[] => {
    if (!axes.includes(axis)) return [size];
    return keepsAxes(node) ? [1] : [];
  });
}

/** The gradient of a sum, of each element that was summed. */
function spread(tape: Tape, node: OperatorNode, dy: string): string {
  const [x, axes] = node.inputs;
  const shape = tape.shapeOf(x!);
  const constant = axes === undefined ? new Map() : new Map([[axes, tape.integersOf(axes)]]);
  const kept = keepsAxes(node)
    ? dy
    : tape.op('Unsqueeze', [dy, tape.integers(...axesOf(shape.length, node, constant))]);
  return tape.opLike(x!, 'Expand', [kept, tape.op('Shape', [x!])]);
}

function unsqueezed([shape = []]: readonly Shape[], { inputs }: OperatorNode, integers: Integers): Shape {
  const axes = integers.get(inputs[1]!) ?? [];
  const rest = [...shape];
  return Array.from({ length: shape.length + axes.length }, (_, axis) =>
    axes.includes(axis) ? 1 : rest.shift()!,
  );
}

const asBefore: NonNullable<Operator['gradient']> = (tape, { inputs: [x] }, dy) => [
  () => tape.likeShape(dy, x!),
];

/** Operators that move, repeat, sum or take elements. */
export const SHAPING: Readonly<Record<string, Operator>> = {
  Transpose: {
    shape: ([shape = []], node) => permutationOf(node).map((axis) => shape[axis]!),
    gradient: (tape, node, dy) => [
      () => {
        const perm = permutationOf(node);
        return tape.op('Transpose', [dy], { perm: perm.map((_, axis) => perm.indexOf(axis)) });
      },
    ],
  },
  Reshape: { shape: reshaped, gradient: asBefore },
  Unsqueeze: { shape: unsqueezed, gradient: asBefore },
  Squeeze: {
    shape: ([shape = []], { inputs }, integers) =>
      shape.filter((_, axis) => !integers.get(inputs[1]!)?.includes(axis)),
    gradient: asBefore,
  },
  ReduceSum: { shape: reduced, gradient: (tape, node, dy) => [() => spread(tape, node, dy)] },
  ReduceMean: {
    shape: reduced,
    gradient: (tape, node, dy) => [
      () => {
        const count = tape.op('Div', [tape.op('Size', [node.inputs[0]!]), tape.op('Size', [node.output])]);
        const share = tape.op('Div', [dy, tape.op('Cast', [count], { to: 1 })]);
        return spread(tape, node, share);
      },
    ],
  },
  /**
   * Rows of a table, by number: each row takes the sum of what came of it. ScatterElements adds in order; ScatterND, which
   * reads better, adds in parallel and loses some where a row comes more than once (ONNX Runtime 1.30).
   */
  Gather: {
    shape: ([table = [], rows = []]) => [...rows, ...table.slice(1)],
    gradient: (tape, { inputs: [table, rows] }, dy) => [
      () => {
        const zeros = tape.op('ConstantOfShape', [tape.op('Shape', [table!])]);
        const [, columns] = tape.shapeOf(table!);
        if (typeof columns !== 'number') throw new RangeError('the gradient of Gather is known of matrices');
        const flat = tape.op('Reshape', [dy, tape.integers(-1, columns)]);
        const each = tape.op('Reshape', [rows!, tape.integers(-1, 1)]);
        const all = tape.op('Expand', [each, tape.op('Shape', [flat])]);
        return tape.op('ScatterElements', [zeros, all, flat], { axis: 0, reduction: 'add' });
      },
    ],
  },
  /** The first elements along the first axes. */
  Slice: {
    shape: ([shape = []], { inputs: [, starts], output }, integers) => {
      const sliced = integers.get(starts!)?.length ?? 0;
      return shape.map((size, axis) => (axis < sliced ? `${output}.${axis}` : size));
    },
    gradient: (tape, { inputs: [x, start], output }, dy) => [
      () => {
        if (tape.integersOf(start!).some((first) => first !== 0)) {
          throw new RangeError('the gradient of Slice is known of slices from 0');
        }
        const missing = tape.op('Sub', [tape.op('Shape', [x!]), tape.op('Shape', [output])]);
        const none = tape.integers(...tape.shapeOf(x!).map(() => 0));
        return tape.opLike(x!, 'Pad', [dy, tape.op('Concat', [none, missing], { axis: 0 })]);
      },
    ],
  },
  Shape: { shape: ([shape = []]) => [shape.length] },
  Size: { shape: () => [] },
  Expand: { shape: ([shape = []]) => shape },
  ConstantOfShape: { shape: () => [] },
  Concat: { shape: ([shape = []]) => shape },
  Pad: { shape: ([shape = []]) => shape },
  ScatterElements: { shape: ([shape = []]) => shape },
};
