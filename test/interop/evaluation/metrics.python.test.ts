import { describe, expect, test } from 'vitest';
import type { DenseMatrix } from '../../../ml/matrix.ts';
import { labelOutcomesOf, multilabelNumbers } from '../../../ml/metrics/multilabel.ts';
import { classificationNumbers, outcomesOf } from '../../../ml/metrics/outcomes.ts';
import { curveOf } from '../../../ml/metrics/ranking.ts';
import { regressionNumbers } from '../../../ml/metrics/regression.ts';
import { type Random, seededRandom } from '../../../ml/random.ts';
import { ask } from './ask.ts';

const random = seededRandom(13);
const whole = (below: number) => Math.floor(random() * below);
const list = <T>(length: number, of: (at: number) => T) => Array.from({ length }, (_, at) => of(at));
const weightsOf = (rows: number, isWeighted: boolean) => (isWeighted ? list(rows, () => whole(4)) : null);

/** Probabilities; `coarse` ones have many ties. */
function probabilities(rows: number, columns: number, coarse: boolean, draw: Random = random): number[][] {
  return list(rows, () => {
    const margins = list(columns, () => (coarse ? 1 + Math.floor(draw() * 3) : draw() + 0.01));
    const total = margins.reduce((sum, margin) => sum + margin, 0);
    return margins.map((margin) => margin / total);
  });
}

const matrixOf = (rows: readonly (readonly number[])[]): DenseMatrix => ({
  rows: rows.length,
  columns: rows[0]?.length ?? 0,
  values: Float64Array.from(rows.flat()),
});

const CLASSIFICATION = [
  ...list(40, (at) => {
    const [rows, columns] = [2 + whole(60), 2 + (at % 4)];
    const scores = probabilities(rows, columns, at % 3 === 0);
    const actual = list(rows, (row) =>
      random() < 0.5 ? whole(columns) : scores[row]!.indexOf(Math.max(...scores[row]!)),
    );
    return { kind: 'classification', scores, actual, weights: weightsOf(rows, at % 5 === 4) };
  }),
  // one class only, predicted or true; a class that neither occurs nor is predicted; certain and wrong
  ...[
    {
      scores: [
        [0.9, 0.1],
        [0.8, 0.2],
      ],
      actual: [0, 0],
    },
    {
      scores: [
        [0.9, 0.1],
        [0.8, 0.2],
        [0.6, 0.4],
      ],
      actual: [0, 1, 0],
    },
    {
      scores: [
        [0.5, 0.5],
        [0.5, 0.5],
      ],
      actual: [1, 0],
    },
    {
      scores: [
        [0.6, 0.4, 0],
        [0.4, 0.6, 0],
        [0.7, 0.3, 0],
      ],
      actual: [0, 1, 1],
    },
    {
      scores: [
        [1, 0],
        [0, 1],
        [1, 0],
      ],
      actual: [0, 1, 1],
    },
    { scores: list(5, () => [0.2, 0.3, 0.5]), actual: [0, 1, 2, 2, 1] },
  ].map((given) => ({ kind: 'classification', ...given, weights: null })),
];

const REGRESSION = [
  ...list(20, (at) => {
    const rows = 2 + whole(50);
    const actual = list(rows, () => 100 * (random() - 0.3));
    const predicted = actual.map((value) => value + 20 * (random() - 0.5));
    return { kind: 'regression', predicted, actual, weights: weightsOf(rows, at % 4 === 3) };
  }),
  { kind: 'regression', predicted: [1, 3], actual: [2, 2], weights: null },
  { kind: 'regression', predicted: [2, 2], actual: [2, 2], weights: null },
  { kind: 'regression', predicted: [1, 0, 5], actual: [0, 0, -1e9], weights: null },
];

const MULTILABEL = [
  ...list(20, (at) => {
    const [rows, columns] = [2 + whole(40), 2 + whole(5)];
    const scores = list(rows, () => list(columns, () => (at % 3 === 0 ? whole(4) / 4 : random())));
    return {
      kind: 'multilabel',
      scores,
      actual: scores.map((row) => row.map((score) => Number(random() < score))),
      threshold: at % 2 === 0 ? 0.5 : 0.3,
      weights: at % 4 < 2 ? null : scores.map(() => 1 + whole(3)),
    };
  }),
  {
    kind: 'multilabel',
    scores: [
      [0.1, 0.2],
      [0.9, 0.8],
    ],
    actual: [
      [0, 0],
      [1, 1],
    ],
    ...{ threshold: 0.5, weights: null },
  },
  {
    kind: 'multilabel',
    scores: [
      [0.6, 0.6],
      [0.6, 0.6],
    ],
    actual: [
      [0, 1],
      [0, 0],
    ],
    ...{ threshold: 0.5, weights: null },
  },
];

const EXACT = 1e-9;
type Numbers = Record<string, number | null>;

function expectEqual(own: object, theirs: Numbers, about: unknown): void {
  const named = new Map<string, unknown>(Object.entries(own));
  for (const [name, value] of Object.entries(theirs)) {
    const ours = named.get(name);
    const context = `${name} of ${JSON.stringify(about)}`;
    if (value === null) expect(ours, context).toBeNull();
    else expect(Math.abs(Number(ours) - value) / Math.max(1, Math.abs(value)), context).toBeLessThan(EXACT);
  }
}

describe('metrics are those of scikit-learn', () => {
  test('of classes, with weights and without, ties and missing classes among them; and their curves', async () => {
    interface Curves {
      thresholds: number[];
      fpr: number[];
      tpr: number[];
      precision: number[];
      recall: number[];
    }
    const said = await ask<{ numbers: Numbers; curves: Curves | null }[]>('metrics.py', CLASSIFICATION);
    for (const [at, { scores, actual, weights }] of CLASSIFICATION.entries()) {
      const [matrix, labels] = [matrixOf(scores), Int32Array.from(actual)];
      const outcomes = outcomesOf(
        matrix,
        labels,
        actual.map((label) => [label]),
      );
      const counts = Float64Array.from(weights ?? actual.map(() => 1));
      const { numbers, curves } = said[at]!;
      expectEqual(classificationNumbers(outcomes, counts), numbers, CLASSIFICATION[at]);
      const points = curveOf(matrix, 1, labels);
      expect(points === null).toBe(curves === null);
      for (const [place, point] of (points ?? []).entries()) {
        expect(point.threshold).toBe(curves!.thresholds[place]);
        expect(point.falsePositiveRate).toBeCloseTo(curves!.fpr[place]!, 12);
        expect(point.truePositiveRate).toBeCloseTo(curves!.tpr[place]!, 12);
      }
      // its precision-recall curve may begin at a later threshold: where all of the class are found
      for (const [place, precision] of (curves?.precision ?? []).entries()) {
        expect(points![place]!.precision).toBeCloseTo(precision, 12);
        expect(points![place]!.truePositiveRate).toBeCloseTo(curves!.recall[place]!, 12);
      }
    }
  });

  test('of numbers, constant ones and zeros among them', async () => {
    const said = await ask<Numbers[]>('metrics.py', REGRESSION);
    for (const [at, { predicted, actual, weights }] of REGRESSION.entries()) {
      const counts = Float64Array.from(weights ?? actual.map(() => 1));
      expectEqual(regressionNumbers(predicted, actual, counts), said[at]!, REGRESSION[at]);
    }
  });

  test('of sets of labels, empty and full ones among them', async () => {
    const said = await ask<Numbers[]>('metrics.py', MULTILABEL);
    for (const [at, { scores, actual, threshold, weights }] of MULTILABEL.entries()) {
      const columns = actual.map((row) => row.flatMap((has, column) => (has ? [column] : [])));
      const outcomes = labelOutcomesOf(matrixOf(scores), columns, threshold);
      const own = multilabelNumbers(outcomes, Float64Array.from(weights ?? actual.map(() => 1)));
      expectEqual(own, said[at]!, MULTILABEL[at]);
    }
  });
});
