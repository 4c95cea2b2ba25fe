import type { OperatorNode } from '../model-proto.ts';
import { sameShape } from './elementwise.ts';
import type { Operator, Tape } from './tape.ts';

const LAST = -1;

function epsilonOf({ attributes }: OperatorNode): number {
  const epsilon = attributes?.epsilon;
  return typeof epsilon === 'object' && 'float' in epsilon ? epsilon.float : 1e-5; // ONNX's default
}

const meanOfRows = (tape: Tape, value: string): string =>
  tape.op('ReduceMean', [value], { axes: [LAST], keepdims: 1 });

/** (x − mean) / √(variance + ε) of each row, and 1 / √(variance + ε). */
function normalised(tape: Tape, x: string, epsilon: number): { rows: string; inverse: string } {
  const centred = tape.op('Sub', [x, meanOfRows(tape, x)]);
  const variance = meanOfRows(tape, tape.op('Mul', [centred, centred]));
  const deviation = tape.op('Sqrt', [tape.op('Add', [variance, tape.number(epsilon)])]);
  const inverse = tape.op('Div', [tape.number(1), deviation]);
  return { rows: tape.op('Mul', [centred, inverse]), inverse };
}

/** Operators that make of each row, along the last axis, one whose elements depend on each other. */
export const NORMALISING: Readonly<Record<string, Operator>> = {
  /** (dy − Σ dy·y) · y */
  Softmax: {
    shape: sameShape,
    gradient: (tape, { output }, dy) => [
      () => {
        const total = tape.sum(tape.op('Mul', [dy, output]), [LAST], true);
        return tape.op('Mul', [tape.op('Sub', [dy, total]), output]);
      },
    ],
  },
  /** dy − eʸ · Σ dy */
  LogSoftmax: {
    shape: sameShape,
    gradient: (tape, { output }, dy) => [
      () => {
        const shares = tape.op('Mul', [tape.op('Exp', [output]), tape.sum(dy, [LAST], true)]);
        return tape.op('Sub', [dy, shares]);
      },
    ],
  },
  /** With x̂ the normalised rows and d = dy · scale: (d − mean d − x̂ · mean(d · x̂)) / √(variance + ε) (Ba et al. 2016) */
  LayerNormalization: {
    shape: sameShape,
    gradient: (tape, node, dy) => {
      const [x, scale, shift] = node.inputs;
      const { rows, inverse } = normalised(tape, x!, epsilonOf(node));
      return [
        () => {
          const scaled = tape.op('Mul', [dy, scale!]);
          const along = meanOfRows(tape, tape.op('Mul', [scaled, rows]));
          const centred = tape.op('Sub', [scaled, meanOfRows(tape, scaled)]);
          return tape.op('Mul', [tape.op('Sub', [centred, tape.op('Mul', [rows, along])]), inverse]);
        },
        () => tape.sumTo(tape.op('Mul', [dy, rows]), tape.shapeOf(scale!)),
        () => tape.sumTo(dy, tape.shapeOf(shift!)),
      ];
    },
  },
};
