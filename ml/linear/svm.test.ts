import { describe, expect, test } from 'vitest';
import { sparseMatrix } from '../../test/harness/sparse-matrix.ts';
import { seededRandom } from '../random.ts';
import { DualCoordinateDescent, type SvmProblem } from './svm.ts';

const ROWS = [
  [1, 0.5, 0, 0],
  [0.8, 0, 0.3, 0],
  [0, 1, 0, 0.2],
  [0, 0.9, 0.4, 0],
  [0.1, 0, 1, 0.7],
  [0, 0.2, 0.8, 1],
  [0.6, 0.6, 0, 0.1],
  [0.2, 0.1, 0.5, 0.4],
];
const LABELS = [0, 0, 1, 1, 2, 2, 1, 0];

function problem(rows = ROWS, labels = LABELS): SvmProblem {
  const sides = Int8Array.from(labels.flatMap((label) => [0, 1, 2].map((k) => (k === label ? 1 : -1))));
  return { features: sparseMatrix(rows), classes: 3, sides, c: 0.5 };
}

function solve(svm: DualCoordinateDescent): Float32Array {
  for (let pass = 0; pass < 2000 && svm.pass().violation > 1e-6; pass++);
  return svm.weights;
}

describe('one-vs-rest support vector machines', () => {
  // scikit-learn 1.9.1: LinearSVC(C=0.5, tol=1e-12, max_iter=1000000).fit(X, y), coef_.T and intercept_
  test('converge to the weights that LIBLINEAR finds', () => {
    // biome-ignore format: one feature a line, the bias last
    const golden = [
      0.68521753, -0.53988102, -0.40083949,
      -0.6837214, 0.87917419, -0.44639067,
      -0.20245767, -0.45110264, 0.45739074,
      -0.3858291, -0.38928516, 0.63740542,
      -0.00671598, -0.12844487, -0.49632803,
    ];
    const weights = solve(new DualCoordinateDescent(problem(), seededRandom(42)));
    expect(weights).toHaveLength(golden.length);
    for (const [at, weight] of golden.entries()) expect(weights[at]).toBeCloseTo(weight, 5);
  });

  test('a seed decides every bit, and only the path to the optimum', () => {
    const [first, again, other] = [1, 1, 2].map(
      (seed) => new DualCoordinateDescent(problem(), seededRandom(seed)),
    );
    const losses = [first!, again!, other!].map((svm) => svm.pass().loss);
    expect(losses[1]).toBe(losses[0]);
    expect(losses[2]).not.toBe(losses[0]);
    expect(again!.weights).toEqual(first!.weights);
    for (const [at, weight] of solve(first!).entries()) expect(solve(other!)[at]).toBeCloseTo(weight, 5);
  });

  test('a sample on neither side of a class is as good as absent from it', () => {
    const neither = problem();
    neither.sides[2] = 0; // sample 0, class 2
    const weights = solve(new DualCoordinateDescent(neither, seededRandom(1)));
    const without = solve(
      new DualCoordinateDescent(problem(ROWS.slice(1), LABELS.slice(1)), seededRandom(1)),
    );
    for (let feature = 0; feature <= 4; feature++) {
      expect(weights[feature * 3 + 2]).toBeCloseTo(without[feature * 3 + 2]!, 5);
    }
    expect(weights[0]).not.toBeCloseTo(without[0]!, 2);
  });

  test('the loss is the squared hinge before each update: all margins are 0 at first', () => {
    const single = new DualCoordinateDescent(problem(ROWS.slice(0, 1), [0]), seededRandom(1));
    expect(single.pass().loss).toBe(3);
    expect(single.pass().loss).toBeLessThan(1);
  });

  test.each([
    ['shape', { sides: new Int8Array(5) }],
    ['parameter', { c: 0 }],
  ])('a bad %s is refused', (code, bad) => {
    const build = () => new DualCoordinateDescent({ ...problem(), ...bad }, seededRandom(1));
    expect(build).toThrow(expect.objectContaining({ code }));
  });
});
