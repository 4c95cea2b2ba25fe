import type { Operator, Shape } from './tape.ts';

/** The shape of two tensors that are repeated along the axes where the other is longer. */
function broadcast([a = [], b = []]: readonly Shape[]): Shape {
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  const added = long.length - short.length;
  return long.map((size, axis) => (size === 1 && axis >= added ? short[axis - added]! : size));
}

export const sameShape = ([shape = []]: readonly Shape[]): Shape => shape;

const TWO_BY_ROOT_PI = 2 / Math.sqrt(Math.PI);

/** Operators that work on each element by itself. */
export const ELEMENTWISE: Readonly<Record<string, Operator>> = {
  Add: {
    shape: broadcast,
    gradient: (tape, { inputs: [a, b] }, dy) => [
      () => tape.sumTo(dy, tape.shapeOf(a!)),
      () => tape.sumTo(dy, tape.shapeOf(b!)),
    ],
  },
  Sub: {
    shape: broadcast,
    gradient: (tape, { inputs: [a, b] }, dy) => [
      () => tape.sumTo(dy, tape.shapeOf(a!)),
      () => tape.op('Neg', [tape.sumTo(dy, tape.shapeOf(b!))]),
    ],
  },
  Mul: {
    shape: broadcast,
    gradient: (tape, { inputs: [a, b] }, dy) => [
      () => tape.sumTo(tape.op('Mul', [dy, b!]), tape.shapeOf(a!)),
      () => tape.sumTo(tape.op('Mul', [dy, a!]), tape.shapeOf(b!)),
    ],
  },
  Div: {
    shape: broadcast,
    gradient: (tape, { inputs: [a, b], output }, dy) => [
      () => tape.sumTo(tape.op('Div', [dy, b!]), tape.shapeOf(a!)),
      () => {
        const share = tape.op('Div', [tape.op('Mul', [dy, output]), b!]);
        return tape.op('Neg', [tape.sumTo(share, tape.shapeOf(b!))]);
      },
    ],
  },
  Neg: { shape: sameShape, gradient: (tape, _, dy) => [() => tape.op('Neg', [dy])] },
  Exp: { shape: sameShape, gradient: (tape, { output }, dy) => [() => tape.op('Mul', [dy, output])] },
  Sqrt: {
    shape: sameShape,
    gradient: (tape, { output }, dy) => [
      () => tape.op('Div', [tape.op('Mul', [dy, tape.number(0.5)]), output]),
    ],
  },
  Tanh: {
    shape: sameShape,
    gradient: (tape, { output }, dy) => [
      () => {
        const slope = tape.op('Sub', [tape.number(1), tape.op('Mul', [output, output])]);
        return tape.op('Mul', [dy, slope]);
      },
    ],
  },
  /** 2/√π · e^(−x²) */
  Erf: {
    shape: sameShape,
    gradient: (tape, { inputs: [x] }, dy) => [
      () => {
        const bell = tape.op('Exp', [tape.op('Neg', [tape.op('Mul', [x!, x!])])]);
        return tape.op('Mul', [tape.op('Mul', [dy, tape.number(TWO_BY_ROOT_PI)]), bell]);
      },
    ],
  },
  Cast: { shape: sameShape },
};
