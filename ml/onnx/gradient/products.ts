import type { Operator, Shape, Tape } from './tape.ts';

const isMatrix = (shape: Shape): boolean => shape.length === 2;

/** The rows of a tensor as a matrix. */
function rows(tape: Tape, value: string): string {
  const shape = tape.shapeOf(value);
  if (isMatrix(shape)) return value;
  const columns = shape.at(-1)!;
  if (typeof columns !== 'number') throw new RangeError(`the last size of ${value} varies`);
  return tape.op('Reshape', [value, tape.integers(-1, columns)]);
}

function turned(tape: Tape, value: string): string {
  const axes = tape.shapeOf(value).map((_, axis) => axis);
  const last = axes.length - 1;
  return tape.op('Transpose', [value], { perm: [...axes.slice(0, -2), last, last - 1] });
}

/** Products of matrices: a matrix on the right for all rows, or one for each of the same leading axes. */
export const PRODUCTS: Readonly<Record<string, Operator>> = {
  MatMul: {
    shape: ([a = [], b = []]) => [...a.slice(0, -1), b.at(-1)!],
    gradient: (tape, { inputs: [a, b] }, dy) => {
      const [left, right] = [tape.shapeOf(a!), tape.shapeOf(b!)];
      if (isMatrix(right)) {
        return [
          () => tape.op('MatMul', [dy, turned(tape, b!)]),
          () => tape.op('Gemm', [rows(tape, a!), rows(tape, dy)], { transA: 1 }),
        ];
      }
      if (left.length !== right.length) throw new RangeError('MatMul of tensors of different ranks');
      return [
        () => tape.op('MatMul', [dy, turned(tape, b!)]),
        () => tape.op('MatMul', [turned(tape, a!), dy]),
      ];
    },
  },
  Gemm: { shape: ([a = [], b = []]) => [a.at(-1)!, b.at(-1)!] },
};
