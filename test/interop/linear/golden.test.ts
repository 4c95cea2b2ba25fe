import { describe, expect, test } from 'vitest';
import { AveragedGradient } from '../../../ml/linear/averaged-gradient.ts';
import { classWeightsOf, sideCosts } from '../../../ml/linear/class-weights.ts';
import { crossEntropy, logisticOfEach, type RowLoss, squaredError } from '../../../ml/linear/losses.ts';
import { QuasiNewton } from '../../../ml/linear/quasi-newton.ts';
import type { LinearSolver } from '../../../ml/linear/solver.ts';
import { DualCoordinateDescent } from '../../../ml/linear/svm.ts';
import { seededRandom } from '../../../ml/random.ts';
import { sparseMatrix } from '../../harness/sparse-matrix.ts';
import golden from './golden.json' with { type: 'json' };

const C = 0.5;
const FEATURES = sparseMatrix(golden.rows);
const LABELS = ['0', '1', '2'];
const CLASSES = Int32Array.from(golden.labels);
const LISTED = ['0=0.5', '1=2', '2=3'];

const sidesOf = (classes: Int32Array, labels: number) =>
  Int8Array.from({ length: classes.length * labels }, (_, at) =>
    classes[Math.floor(at / labels)] === at % labels ? 1 : -1,
  );

/** Far more passes than a training makes: the optimum to single precision. */
function optimum(solver: LinearSolver): Float32Array {
  for (let pass = 0; pass < 5_000 && solver.pass().violation > 1e-7; pass++);
  return solver.weights;
}

function expectNear(weights: Float32Array, expected: readonly (readonly number[])[]) {
  expect(weights).toHaveLength(expected.flat().length);
  for (const [at, value] of expected.flat().entries()) expect(weights[at]).toBeCloseTo(value, 4);
}

const svm = (given: 'balanced' | readonly string[]) =>
  new DualCoordinateDescent(
    {
      features: FEATURES,
      classes: 3,
      sides: sidesOf(CLASSES, 3),
      c: C,
      costs: sideCosts(classWeightsOf(given, LABELS, CLASSES)),
    },
    seededRandom(1),
  );

const logisticLoss = (given: 'none' | 'balanced' | readonly string[]) =>
  crossEntropy(sidesOf(CLASSES, 3), 3, classWeightsOf(given, LABELS, CLASSES));

const averaged = (loss: RowLoss, l1Ratio: number) =>
  new AveragedGradient(FEATURES, loss, { c: C, l1Ratio, random: seededRandom(1) });

describe('scikit-learn ends at the same weights', () => {
  test('support vector machines with class weights', () => {
    expectNear(optimum(svm(LISTED)), golden.svmWeighted);
    expectNear(optimum(svm('balanced')), golden.svmBalanced);
  });

  test('of two classes, the machine of the second', () => {
    const classes = CLASSES.map((label) => Math.min(label, 1));
    const costs = sideCosts(classWeightsOf(['a=0.5', 'b=2'], ['a', 'b'], classes));
    const problem = { features: FEATURES, classes: 2, sides: sidesOf(classes, 2), c: C, costs };
    const weights = optimum(new DualCoordinateDescent(problem, seededRandom(1)));
    expectNear(
      weights.filter((_, at) => at % 2 === 1),
      golden.svmPairWeighted,
    );
  });

  // a constant added to the biases of all classes changes nothing: scikit-learn's sum to 0
  const centred = (weights: Float32Array) => {
    const mean = weights.slice(-3).reduce((sum, bias) => sum + bias, 0) / 3;
    return weights.map((weight, at) => (at < weights.length - 3 ? weight : weight - mean));
  };
  const centredRows = (rows: readonly (readonly number[])[]) => {
    const flat = centred(Float32Array.from(rows.flat()));
    return rows.map((_, at) => [...flat.subarray(3 * at, 3 * at + 3)]);
  };

  test('logistic regression, by averaged gradients as by L-BFGS', () => {
    for (const [loss, expected] of [
      [logisticLoss('none'), golden.logistic],
      [logisticLoss(LISTED), golden.logisticWeighted],
    ] as const) {
      expectNear(centred(optimum(new QuasiNewton(FEATURES, loss, C))), centredRows(expected));
      expectNear(centred(optimum(averaged(loss, 0))), centredRows(expected));
    }
  });

  test('logistic regression of each of several labels, by averaged gradients as by L-BFGS', () => {
    const sides = Int8Array.from(golden.sets.flat(), (has) => 2 * has - 1);
    const loss = logisticOfEach(sides, 3);
    for (const solver of [new QuasiNewton(FEATURES, loss, C), averaged(loss, 0)])
      expectNear(optimum(solver), golden.oneVsRest);
  });

  test('an elastic net, with the same weights exactly 0', () => {
    for (const [solver, expected] of [
      [averaged(logisticLoss('none'), 0.4), golden.elasticNet],
      [averaged(logisticLoss('balanced'), 1), golden.lassoBalanced],
    ] as const) {
      const weights = optimum(solver);
      expectNear(centred(weights), centredRows(expected));
      const zeros = (values: Iterable<number>) => Array.from(values, (value) => value === 0).slice(0, -3);
      expect(zeros(weights)).toEqual(zeros(expected.flat()));
      expect(zeros(weights).filter(Boolean).length).toBeGreaterThan(2);
    }
  });

  test('an elastic net of numbers', () => {
    expectNear(
      optimum(averaged(squaredError(Float64Array.from(golden.numbers)), 0.4)),
      golden.elasticNetOfNumbers,
    );
  });
});
