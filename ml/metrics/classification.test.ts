import { describe, expect, test } from 'vitest';
import type { DenseMatrix } from '../matrix.ts';
import { classificationMetrics } from './classification.ts';
import { confusionMatrix, macroF1 } from './confusion.ts';

// biome-ignore format: one sample a line
const PROBABILITIES: DenseMatrix = {
  rows: 12,
  columns: 3,
  values: Float64Array.of(
    0.7, 0.2, 0.1,
    0.1, 0.8, 0.1,
    0.25, 0.35, 0.4,
    0.5, 0.3, 0.2,
    0.05, 0.05, 0.9,
    0.4, 0.35, 0.25,
    0.2, 0.5, 0.3,
    0.6, 0.3, 0.1,
    0.15, 0.25, 0.6,
    0.34, 0.335, 0.325,
    0.1, 0.6, 0.3,
    0, 0.25, 0.75,
  ),
};
const ACTUAL = Int32Array.of(0, 1, 2, 1, 2, 0, 2, 0, 2, 1, 1, 0);
const LABELS = ['cs.AI', 'cs.DB', 'cs.RO'];

// Golden numbers: scikit-learn 1.9.1 on the arrays above, P and y, with p = P.argmax(1).
describe('classification metrics', () => {
  const metrics = classificationMetrics(PROBABILITIES, ACTUAL, LABELS);

  test('accuracy_score(y, p), f1_score(y, p, average="macro"), log_loss(y, P)', () => {
    expect(metrics.accuracy).toBeCloseTo(0.6666666666666666, 12);
    expect(metrics.macroF1).toBeCloseTo(0.6626984126984127, 12);
    expect(metrics.logLoss).toBeCloseTo(3.632955090906929, 12);
  });

  test('precision_recall_fscore_support(y, p) and confusion_matrix(y, p)', () => {
    expect(metrics.perClass.map(({ label, support }) => [label, support])).toEqual(LABELS.map((l) => [l, 4]));
    const golden = [
      [0.6, 0.75, 0.66666667],
      [0.66666667, 0.5, 0.57142857],
      [0.75, 0.75, 0.75],
    ];
    for (const [label, [precision, recall, f1]] of golden.entries()) {
      expect(metrics.perClass[label]!.precision).toBeCloseTo(precision!, 8);
      expect(metrics.perClass[label]!.recall).toBeCloseTo(recall!, 8);
      expect(metrics.perClass[label]!.f1).toBeCloseTo(f1!, 8);
    }
    expect(metrics.confusion).toEqual([
      [3, 0, 1],
      [2, 2, 0],
      [0, 1, 3],
    ]);
  });

  test('top_k_accuracy_score(y, P, k=2)', () => {
    expect(metrics.top2Accuracy).toBeCloseTo(0.9166666666666666, 12);
    expect(metrics.top3Accuracy).toBe(1);
  });

  // numpy: sum over 15 bins (b/15, (b+1)/15] of share * |accuracy - mean confidence|
  test('expected calibration error', () => {
    expect(metrics.calibrationError).toBeCloseTo(0.3341666666666667, 12);
  });

  // numpy: accuracy of the first round(c * 12) samples of argsort(-confidence, kind="stable")
  test('accuracy at coverage', () => {
    expect(metrics.accuracyAtCoverage['0.5']).toBeCloseTo(5 / 6, 12);
    expect(metrics.accuracyAtCoverage['0.8']).toBeCloseTo(0.7, 12);
    expect(metrics.accuracyAtCoverage['0.9']).toBeCloseTo(8 / 11, 12);
  });

  test("a prediction among the sample's other labels counts in any-label accuracy alone", () => {
    const acceptable = Array.from(ACTUAL, (label) => [label]);
    acceptable[3] = [1, 0]; // predicted cs.AI, labelled cs.DB
    acceptable[0] = [0, 2]; // right already
    const crossListed = classificationMetrics(PROBABILITIES, ACTUAL, LABELS, acceptable);
    expect(crossListed.anyLabelAccuracy).toBeCloseTo(9 / 12, 12);
    expect(crossListed.accuracy).toBe(metrics.accuracy);
    expect(metrics.anyLabelAccuracy).toBe(metrics.accuracy);
  });

  test('no samples give zeros, not NaN', () => {
    const none = classificationMetrics(
      { rows: 0, columns: 3, values: new Float64Array() },
      new Int32Array(),
      LABELS,
    );
    expect(none).toMatchObject({ samples: 0, accuracy: 0, macroF1: 0, logLoss: 0, calibrationError: 0 });
    expect(none.accuracyAtCoverage).toEqual({ '0.5': 0, '0.8': 0, '0.9': 0 });
  });

  test.each([
    ['labels', () => classificationMetrics(PROBABILITIES, ACTUAL, ['one', 'two'])],
    ['samples', () => classificationMetrics(PROBABILITIES, ACTUAL.subarray(1), LABELS)],
  ])('too few %s are refused', (_, call) => {
    expect(call).toThrow(expect.objectContaining({ code: 'shape' }));
  });
});

// f1_score([0, 0, 1], p, average="macro"): 2/3 for p = [0, 1, 1], 5/9 for p = [0, 3, 1]
test('macro-F1 leaves out a class that neither occurs nor is predicted', () => {
  const actual = Int32Array.of(0, 0, 1);
  expect(macroF1(confusionMatrix(actual, Int32Array.of(0, 1, 1), 4))).toBeCloseTo(2 / 3, 12);
  expect(macroF1(confusionMatrix(actual, Int32Array.of(0, 3, 1), 4))).toBeCloseTo(5 / 9, 12);
});
