import { expect, test } from 'vitest';
import { driftPage } from './page.ts';
import { type DriftWindow, driftReport } from './report.ts';

const numbers = { slice: '', psi: 0.4, expectedPsi: 0.05, auroc: null, expectedAuroc: null, pValue: 0.01 };
const age = { ...numbers, feature: 'age', edges: [0, 10, 20, 30], categories: [] };
const plan = { ...numbers, feature: '<plan>', edges: [], categories: ['free', 'paid'] };
const within = { adjustedPValue: 0.4, drifted: false };
const windows: DriftWindow[] = [
  {
    ...{ version: 'v1.0.0', window: 1, eventId: 'e1', predictions: 60 },
    ...{ from: '2026-03-01T00:00:00.000Z', to: '2026-03-02T00:00:00.000Z' },
    features: [
      { ...age, reference: [40, 40, 40, 0], actual: [5, 15, 40, 0], adjustedPValue: 1e-4, drifted: true },
      { ...plan, reference: [60, 60, 0, 0], actual: [30, 29, 1, 0], ...within },
    ],
  },
];
const report = driftReport('account-health', windows);

test('a report has every distance of every feature, with the names of the bins', () => {
  const [first] = report.windows;
  expect(first!.features.map(({ bins, distances }) => [bins, distances.length])).toEqual([
    [['0 – 10', '10 – 20', '20 – 30', 'missing'], 6],
    [['free', 'paid', 'unknown', 'missing'], 4],
  ]);
  expect(first!.features[0]).toMatchObject({
    references: 120,
    distances: [{ distance: 'psi' }, {}, {}, {}, {}, {}],
  });
});

test('a page shows the heat map and the histograms, runs no script and takes no markup from names', () => {
  const page = driftPage(report);
  expect(page).toContain('<title>Drift of account-health</title>');
  expect(page).toContain('age, v1.0.0 window 1: PSI 0.');
  expect(page).toContain('kolmogorovSmirnov');
  expect(page).toContain('&lt;plan&gt;');
  expect(page).not.toMatch(/<plan>|<script|href=|src=/);
  expect(page.match(/<title>window, [^<]*: \d+ of \d+ \(/g)).toHaveLength(8); // four bins each
});

test('words have no bins and a classifier is judged by its AUROC: both are told as they were measured', () => {
  const words = {
    ...numbers,
    feature: 'vocabulary',
    edges: [],
    categories: [],
    reference: [],
    actual: [],
    ...within,
  };
  const classifier = { ...age, feature: 'domainClassifier', auroc: 0.7, expectedAuroc: 0.49, ...within };
  const bins = { reference: [40, 40, 40, 0], actual: [5, 15, 40, 0] };
  const told = driftReport('m', [{ ...windows[0]!, features: [words, { ...classifier, ...bins }] }]);
  expect(told.windows[0]!.features.map(({ bins, distances }) => [bins.length, distances])).toEqual([
    [0, [{ distance: 'psi', value: 0.4, expected: 0.05, pValue: 0.01 }]],
    [
      4,
      [
        { distance: 'psi', value: 0.4, expected: 0.05, pValue: 0.01 },
        { distance: 'auroc', value: 0.7, expected: 0.49, pValue: 0.01 },
      ],
    ],
  ]);
  expect(driftPage(told)).toContain('<h3>vocabulary</h3>');
});

test('a feature of a slice is named with it', () =>
  expect(
    driftPage(
      driftReport('m', [{ ...windows[0]!, features: [{ ...windows[0]!.features[0]!, slice: 'plan=free' }] }]),
    ),
  ).toContain('age of plan=free'));
