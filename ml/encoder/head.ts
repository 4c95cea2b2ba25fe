import { fitLinear, type LinearEpoch, type LinearState, type LinearTargets } from '../linear/fit.ts';
import type { LinearParameters } from '../linear/parameters.ts';
import type { DenseMatrix, SparseMatrix } from '../matrix.ts';

/** embeddings · weights + bias: the scores of classes. */
export interface Head {
  /** [hidden, scores], row by row */
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  readonly temperature: number;
}

export interface TrainedHead extends Head {
  readonly epochs: number;
  readonly bestEpoch: number;
  readonly stoppedEarly: boolean;
}

/** Embeddings, and what they are fitted to. */
export interface HeadData {
  readonly train: DenseMatrix;
  readonly validation: DenseMatrix;
  readonly targets: LinearTargets;
}

/**
 * A multinomial logistic regression of standardised embeddings; the standardisation is in its weights. See `fitLinear` for
 * what it yields and for `after`.
 */
export function* trainHead(
  { train, validation, targets }: HeadData,
  parameters: LinearParameters,
  seed: number,
  after?: LinearState,
): Generator<{ report: LinearEpoch; state: () => LinearState }, TrainedHead> {
  const scale = scaleOf(train);
  const problem = {
    isSparse: false,
    train: standardised(train, scale),
    validation: standardised(validation, scale),
    targets,
  };
  const fit = yield* fitLinear(problem, { ...parameters, loss: 'logistic', l1Ratio: 0 }, seed, after);
  return {
    ...unscaled(fit.weights, scale),
    temperature: fit.temperature,
    epochs: fit.epochs.length,
    bestEpoch: fit.bestEpoch,
    stoppedEarly: fit.stopped === 'patience',
  };
}

export function headMargins({ rows, columns, values }: DenseMatrix, { weights, bias }: Head): DenseMatrix {
  const scores = bias.length;
  const margins = new Float64Array(rows * scores);
  for (let row = 0; row < rows; row++) {
    const sums = margins.subarray(row * scores, (row + 1) * scores);
    sums.set(bias);
    for (let column = 0; column < columns; column++) {
      const value = values[row * columns + column]!;
      for (let k = 0; k < scores; k++) sums[k]! += value * weights[column * scores + k]!;
    }
  }
  return { rows, columns: scores, values: margins };
}

/** Mean and deviation of each column; a column that is always the same has the deviation 1. */
interface Scale {
  readonly means: Float64Array;
  readonly deviations: Float64Array;
}

function scaleOf({ rows, columns, values }: DenseMatrix): Scale {
  const means = new Float64Array(columns);
  const squares = new Float64Array(columns);
  for (const [at, value] of values.entries()) means[at % columns]! += value / rows;
  for (const [at, value] of values.entries()) {
    squares[at % columns]! += (value - means[at % columns]!) ** 2 / rows;
  }
  return { means, deviations: squares.map((square) => Math.sqrt(square) || 1) };
}

function standardised({ rows, columns, values }: DenseMatrix, { means, deviations }: Scale): SparseMatrix {
  return {
    rows,
    columns,
    offsets: Int32Array.from({ length: rows + 1 }, (_, row) => row * columns),
    indices: Int32Array.from(values, (_, at) => at % columns),
    values: Float32Array.from(values, (value, at) => {
      const column = at % columns;
      return (value - means[column]!) / deviations[column]!;
    }),
  };
}

/** Weights for embeddings as they are, of weights (the last row: the bias) for standardised ones. */
function unscaled(fitted: Float32Array, { means, deviations }: Scale): Pick<Head, 'weights' | 'bias'> {
  const hidden = means.length;
  const scores = fitted.length / (hidden + 1);
  const weights = new Float32Array(hidden * scores);
  const bias = Float64Array.from(fitted.subarray(hidden * scores));
  for (let column = 0; column < hidden; column++) {
    for (let k = 0; k < scores; k++) {
      const weight = fitted[column * scores + k]! / deviations[column]!;
      weights[column * scores + k] = weight;
      bias[k]! -= means[column]! * weight;
    }
  }
  return { weights, bias: Float32Array.from(bias) };
}
