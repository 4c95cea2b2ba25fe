import { describe, expect, test } from 'vitest';
import type { SparseMatrix } from '../matrix.ts';
import { seededRandom } from '../random.ts';
import { crossEntropy, squaredError, squaredHinge } from './losses.ts';
import { QuasiNewton } from './quasi-newton.ts';
import type { LinearSolver } from './solver.ts';

/** Dense rows as a sparse matrix. */
function matrix(rows: readonly (readonly number[])[]): SparseMatrix {
  const columns = rows[0]!.length;
  return {
    rows: rows.length,
    columns,
    offsets: Int32Array.from({ length: rows.length + 1 }, (_, row) => row * columns),
    indices: Int32Array.from(rows.flatMap((row) => row.map((_, column) => column))),
    values: Float32Array.from(rows.flat()),
  };
}

function optimum(solver: LinearSolver): Float32Array {
  for (let pass = 0; pass < 100; pass++) if (solver.pass().violation < 1e-6) return solver.weights;
  throw new Error('it does not converge');
}

describe('L-BFGS', () => {
  test('finds the weights of ridge regression', () => {
    // one feature: w = c Σ (x − x̄)(t − t̄) / (c Σ (x − x̄)² + 1), the bias being free
    const [xs, ts, c] = [[1, 2, 4, 5], [3, 1, 8, 6], 0.25] as const;
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviations = xs.map((x) => x - mean(xs));
    const product = deviations.reduce((sum, x, at) => sum + x * (ts[at]! - mean(ts)), 0);
    const slope = (c * product) / (c * deviations.reduce((sum, x) => sum + x * x, 0) + 1);
    const solver = new QuasiNewton(matrix(xs.map((x) => [x])), squaredError(Float64Array.from(ts)), c);
    const [weight, bias] = optimum(solver);
    expect(weight).toBeCloseTo(slope, 6);
    expect(bias).toBeCloseTo(mean(ts) - slope * mean(xs), 6);
  });

  test('finds class probabilities that are right on average, for every feature up to regularisation', () => {
    const random = seededRandom(1);
    const rows = Array.from({ length: 200 }, () => [random() - 0.5, random() - 0.5]);
    const sides = Int8Array.from(
      rows.flatMap(([a = 0, b = 0]) => (a + b + random() > 0.5 ? [-1, 1] : [1, -1])),
    );
    const c = 0.5;
    const loss = crossEntropy(sides, 2);
    const weights = optimum(new QuasiNewton(matrix(rows), loss, c));
    const sums = new Float64Array(6);
    for (const [row, values] of rows.entries()) {
      const margins = Float64Array.from(
        [0, 1],
        (k) => values[0]! * weights[k]! + values[1]! * weights[2 + k]! + weights[4 + k]!,
      );
      loss.derive(margins, row);
      for (const [feature, value] of [...values, 1].entries())
        for (const k of [0, 1]) sums[2 * feature + k]! += value * margins[k]!;
    }
    for (const [at, sum] of sums.entries()) expect(c * sum + (at < 4 ? weights[at]! : 0)).toBeCloseTo(0, 4);
  });

  test('goes on after a state as if it had never stopped', () => {
    const random = seededRandom(2);
    const features = matrix(Array.from({ length: 50 }, () => [random(), random(), random()]));
    const solver = () =>
      new QuasiNewton(features, squaredError(Float64Array.from({ length: 50 }, (_, row) => row % 7)), 1);
    const [whole, resumed] = [solver(), solver()];
    whole.pass();
    resumed.restore(whole.state);
    expect(resumed.pass()).toEqual(whole.pass());
    expect(resumed.weights).toEqual(whole.weights);
  });
});

const SIDES = Int8Array.of(-1, 1, 0, -1);

test.each([
  ['cross-entropy', crossEntropy(SIDES, 4, Float64Array.of(1, 2.5, 1, 1))],
  ['squared hinge', squaredHinge(SIDES, Array(4).fill({ example: 2, against: 0.5 }))],
])(
  'derivatives of the %s are those of its value; a class that a row is no example against has none',
  (_, loss) => {
    const at = [0.3, -0.2, 5, 1.1];
    const derivatives = Float64Array.from(at);
    loss.derive(derivatives, 0);
    for (const [k, derivative] of derivatives.entries()) {
      const shifted = (by: number) =>
        loss.derive(
          Float64Array.from(at, (margin, i) => margin + (i === k ? by : 0)),
          0,
        );
      expect(derivative).toBeCloseTo((shifted(1e-6) - shifted(-1e-6)) / 2e-6, 6);
    }
    expect(Math.abs(derivatives[2]!)).toBe(0);
  },
);
