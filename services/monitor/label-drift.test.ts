import { expect, test } from 'vitest';
import { newEvent } from '../../schemas/catalogue.ts';
import { play } from '../../schemas/testing.ts';
import { DEFAULT_POLICY } from '../../tasks/policies/policy.ts';
import { policyChanged } from '../../test/harness/policies.ts';
import { evaluated, MODEL, outcome, promoted, sealed, served, times } from './fixtures.ts';
import { labelDriftOf } from './label-drift.ts';
import { monitor, service } from './service.ts';
import type { Labelled } from './state.ts';

const perClass = [
  { label: 'a', precision: 1, recall: 1, f1: 1, support: 300 },
  { label: 'b', precision: 1, recall: 1, f1: 1, support: 100 },
];
const labelled = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts).flatMap(([label, count]) =>
    times(count, () => ({ truth: { label, value: null } }) as Labelled),
  );
const driftOf = (counts: Readonly<Record<string, number>>) =>
  labelDriftOf(labelled(counts), { metrics: { accuracy: 0.9 }, perClass }, DEFAULT_POLICY.drift);

test('the labels of a window are compared with those of the test split by PSI', () => {
  const found = driftOf({ a: 100, b: 100 });
  // (0.75 - 0.5) ln(0.75 / 0.5) + (0.25 - 0.5) ln(0.25 / 0.5)
  expect(found?.psi).toBeCloseTo(0.25 * Math.log(1.5) - 0.25 * Math.log(0.5), 12);
  expect(found).toMatchObject({ drifted: true, categories: ['a', 'b'], windowCounts: [100, 100, 0] });
  expect(driftOf({ a: 150, b: 50 })).toMatchObject({ psi: 0, drifted: false });
  expect(driftOf({ a: 145, b: 55 })?.drifted).toBe(false);
  expect(driftOf({ a: 5, b: 5 })).toMatchObject({ drifted: false }); // large, and chance may explain it
});

test('a label that the test split does not have counts', () => {
  const found = driftOf({ a: 120, b: 40, c: 40 });
  expect(found).toMatchObject({ drifted: true, referenceCounts: [300, 100, 0], windowCounts: [120, 40, 40] });
});

test('of numbers and of several labels there is none', () => {
  const { drift } = DEFAULT_POLICY;
  expect(labelDriftOf([], { metrics: { rmse: 1 }, perClass: [] }, drift)).toBeNull();
  expect(labelDriftOf([], { metrics: { subsetAccuracy: 1 }, perClass }, drift)).toBeNull();
});

test('an alert is raised once when true labels drift, and resolved when they do not any more', () => {
  const measured = newEvent('EvaluationCompleted', { ...evaluated.data, perClass });
  const before = [
    policyChanged(MODEL, 'drift: { window: 1000 }\nquality: { window: 200, margin: 1 }'),
    ...[sealed, measured, promoted('v1.0.0'), ...times(800, served)],
  ];
  const labels = [...times(400, (at) => (at % 2 ? 'a' : 'b')), ...times(400, (at) => (at % 4 ? 'a' : 'b'))];
  const outcomes = labels.map((label, at) => outcome(at, label));
  const { log } = play(monitor(1_000), service, [...before, ...outcomes]);
  const alerts = log.filter(
    ({ type, data }) =>
      type === 'QualityMeasured' || ('monitorId' in data && data.monitorId === `${MODEL}/labelDrift`),
  );
  expect(alerts).toMatchObject([
    { type: 'QualityMeasured', data: { labelDrift: { drifted: true } } },
    {
      type: 'AlertRaised',
      data: {
        ...{ monitorId: `${MODEL}/labelDrift`, cause: 'labelDrift', severity: 'warning' },
        reason: expect.stringMatching(
          /^true labels: PSI 0\.275 .* on 200 labelled predictions; a 50\.0 %, 75\.0 % of the test split$/,
        ),
      },
    },
    { type: 'QualityMeasured', data: { labelDrift: { drifted: true } } },
    { type: 'QualityMeasured', data: { labelDrift: { drifted: false } } },
    { type: 'AlertResolved', data: { monitorId: `${MODEL}/labelDrift` } },
    { type: 'QualityMeasured' },
  ]);
});
