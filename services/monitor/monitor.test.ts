import { describe, expect, test } from 'vitest';
import { wordSketch } from '../../ml/drift/rows/sketch.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { DriftMeasured } from '../../schemas/events.generated.ts';
import { deciderSpec, play } from '../../schemas/testing.ts';
import { policyChanged } from '../../test/harness/policies.ts';
import {
  evaluated,
  MODEL,
  ofLength,
  outcome,
  promoted,
  right,
  rolledBack,
  sealed,
  served,
  times,
} from './fixtures.ts';
import { monitor, service } from './service.ts';
import type { MonitorState } from './state.ts';

const decider = monitor(1_000);
const windows = policyChanged(MODEL, 'drift: { window: 40 }\nquality: { window: 50 }');
const policy = (file: string) => policyChanged(MODEL, file);
const { given } = deciderSpec(decider);
const start = [windows, sealed, evaluated, promoted('v1.0.0')];
const long = (index: number) => ofLength(index, 200);

/** What follows from a history, measures and alerts alike. */
const follows = (...inputs: readonly NewEvent[]) =>
  play(decider, service, inputs).log.filter(({ type }) => /Measured|Alert/.test(type));
const typesOf = (events: readonly NewEvent[]) => events.map(({ type }) => type);

describe('drift', () => {
  test('is measured when a window of predictions is full, over inputs and outputs', () => {
    given(...start, ...times(38, served))
      .when(served(38))
      .thenNothing();
    given(...start, ...times(39, served))
      .when(served(39))
      .thenMatch({
        type: 'DriftMeasured',
        data: {
          monitorId: 'topics/drift',
          version: 'v1.0.0',
          window: 1,
          predictions: 40,
          from: 1_000,
          to: 1_039,
          features: ['textLength', 'rareWordShare', 'predicted_class', 'confidence'].map((feature) => ({
            feature,
            psi: 0,
            expectedPsi: expect.closeTo(1 / 400 + 1 / 40, 2),
            pValue: 1,
            adjustedPValue: 1,
            drifted: false,
          })),
        },
      });
  });

  test('raises an alert with the feature, its PSI and the PSI expected by chance', () =>
    given(...start, ...times(39, long))
      .when(long(39))
      .thenMatch(
        {
          type: 'DriftMeasured',
          data: { features: [{ drifted: true }, { drifted: false }, { drifted: false }, { drifted: false }] },
        },
        {
          type: 'AlertRaised',
          data: {
            monitorId: 'topics/drift',
            alertId: 'topics/drift/1',
            version: 'v1.0.0',
            cause: 'drift',
            reason: expect.stringMatching(/^textLength: PSI \d\.\d{3} \(0\.0\d\d expected\)$/),
          },
        },
      ));

  test('needs a PSI that is large and significant', () => {
    const strict = policy('drift: { window: 40, psi: 100 }');
    given(...start, strict, ...times(39, long))
      .when(long(39))
      .thenMatch({ data: { features: [{ drifted: false }, {}, {}, {}] } });
    const few = policy('drift: { window: 10 }');
    given(...start, few, ...times(9, (i) => ofLength(i, i < 1 ? 100 : 200)))
      .when(long(9))
      .thenMatch({
        data: { features: [{ psi: expect.toSatisfy((psi) => psi > 0.25), drifted: false }, {}, {}, {}] },
      });
  });

  test('of the predicted class counts a label that is not in the reference', () =>
    given(...start, ...times(39, (i) => served(i, { label: 'c' })))
      .when(served(39, { label: 'c' }))
      .thenMatch(
        { data: { features: [{}, {}, { feature: 'predicted_class', drifted: true }, {}] } },
        { type: 'AlertRaised' },
      ));

  test('counts what is missing as a bin of its own', () => {
    const without = (index: number) => {
      const { features } = served(index).data;
      const { textLength: _, ...others } = features;
      return served(index, { features: others });
    };
    given(...start, ...times(39, (i) => (i % 2 ? served(i) : without(i))))
      .when(served(39))
      .thenMatch(
        { data: { features: [{ feature: 'textLength', drifted: true }, { drifted: false }, {}, {}] } },
        { type: 'AlertRaised' },
      );
  });

  test('is not measured of a feature that no prediction says', () => {
    const silent = (index: number) => served(index, { features: { textLength: 100 + 100 * (index % 2) } });
    given(...start, ...times(39, silent))
      .when(silent(39))
      .thenMatch({
        data: { features: ['textLength', 'predicted_class', 'confidence'].map((feature) => ({ feature })) },
      });
  });

  test('raises one alert at a time, and resolves it when a window is within bounds', () => {
    const events = follows(...start, ...times(80, long), ...times(40, served, 80), ...times(40, long, 120));
    expect(typesOf(events)).toEqual([
      'DriftMeasured',
      'AlertRaised',
      'DriftMeasured',
      'DriftMeasured',
      'AlertResolved',
      'DriftMeasured',
      'AlertRaised',
    ]);
    expect(events[4]).toMatchObject({
      data: { alertId: 'topics/drift/1', reason: 'window 3 of v1.0.0 is within bounds' },
    });
    expect(events[6]).toMatchObject({ data: { alertId: 'topics/drift/2' } });
  });

  describe('on request', () => {
    const check = newEvent('DriftCheckRequested', {
      monitorId: 'topics/drift',
      model: MODEL,
      reason: 'daily',
      requestedBy: 'ada',
    });
    const wide = [policy('drift: { window: 100 }'), sealed, evaluated, promoted('v1.0.0')];

    test('is measured in the window that is not full yet, which goes on', () => {
      const events = follows(...wide, ...times(60, long), check, ...times(40, long, 60));
      expect(events.map(({ type, data }) => [type, 'predictions' in data && data.predictions])).toEqual([
        ['DriftMeasured', 60],
        ['AlertRaised', false],
        ['DriftMeasured', 100],
      ]);
      expect(events[2]).toMatchObject({ data: { window: 1 } });
    });

    test('resolves no alert: a small window within bounds says little', () =>
      expect(
        typesOf(follows(...wide, ...times(100, long), ...times(60, served, 100), check)).slice(1),
      ).toEqual(['AlertRaised', 'DriftMeasured']));

    test('is refused of few predictions, and of a model without a version in production', () => {
      given(...wide, ...times(49, served))
        .when(check)
        .thenMatch({ type: 'DriftCheckRefused', data: { code: 'CONFLICT' } });
      given()
        .when(check)
        .thenMatch({ type: 'DriftCheckRefused', data: { code: 'NOT_FOUND' } });
    });
  });

  test('is not measured without a reference, nor of a version outside production', () => {
    given(windows, promoted('v1.0.0'), ...times(39, long))
      .when(long(39))
      .thenNothing();
    given(windows, sealed, evaluated, ...times(39, long))
      .when(long(39))
      .thenNothing();
  });
});

test('a change of the policy counts from its event on, and measures and alerts name its version', () => {
  const sensitive = policy('drift: { window: 20 }');
  const events = follows(...start, ...times(39, long), sensitive, long(39), ...times(20, long, 40));
  expect(events).toMatchObject([
    { type: 'DriftMeasured', data: { predictions: 40, policyVersion: 2 } },
    { type: 'AlertRaised', data: { policyVersion: 2 } },
    { type: 'DriftMeasured', data: { predictions: 20, policyVersion: 2 } },
  ]);
});

describe('a new version', () => {
  test('resolves open alerts and starts windows of its own', () => {
    const newer = (index: number) => ofLength(index, 200, { version: 'v1.1.0' });
    const events = follows(
      ...start,
      ...times(60, long),
      promoted('v1.1.0', 'v1.0.0'),
      ...times(39, newer, 60),
      ...times(30, long, 100),
      newer(99),
    );
    expect(typesOf(events)).toEqual([
      'DriftMeasured',
      'AlertRaised',
      'AlertResolved',
      'DriftMeasured',
      'AlertRaised',
    ]);
    expect(events[2]).toMatchObject({ data: { reason: 'v1.1.0 went into production' } });
    expect(events[3]).toMatchObject({ data: { version: 'v1.1.0', window: 1, from: 1_060, to: 1_099 } });
  });

  test('that is rolled back gives the earlier one empty windows', () => {
    const events = follows(
      ...start,
      ...times(39, long),
      promoted('v1.1.0', 'v1.0.0'),
      ...times(20, long, 40),
      rolledBack('v1.0.0', 'v1.1.0'),
      ...times(40, served, 60),
    );
    expect(events).toMatchObject([
      { type: 'DriftMeasured', data: { version: 'v1.0.0', window: 1, from: 1_060, to: 1_099 } },
    ]);
  });
});

describe('of numbers', () => {
  const { data } = evaluated;
  const measured = newEvent('EvaluationCompleted', {
    ...data,
    metrics: { rmse: 2, mae: 1.5, r2: 0.9 },
    standardErrors: { rmse: 0.1, mae: 0.1 },
    primaryMetric: 'rmse',
    reference: [
      { feature: 'predicted_value', edges: [0, 50, 100], categories: [], counts: [200, 200], missing: 0 },
    ],
  });
  const number = (value: number) => (index: number) =>
    served(index, { label: null, confidence: null, value: index % 2 ? value : 100 - value });
  const truth = (error: number) => (index: number) =>
    newEvent('OutcomeReported', {
      requestId: `q${index}`,
      label: null,
      value: (index % 2 ? 40 : 60) + (index % 3 ? error : -error),
      reportedAt: 5_000,
      source: 'ada',
    });
  const numbers = [windows, sealed, measured, promoted('v1.0.0'), ...times(50, number(40))];
  const last = (events: readonly NewEvent[]) => events.at(-1);

  test('quality is the error, and an alert is raised when it is higher than on the test split', () => {
    expect(last(follows(...numbers, ...times(50, truth(2))))).toMatchObject({
      type: 'QualityMeasured',
      data: { metric: 'rmse', value: 2, reference: 2, dropped: false },
    });
    expect(last(follows(...numbers, ...times(50, truth(1))))).toMatchObject({
      data: { value: 1, dropped: false },
    });
    expect(follows(...numbers, ...times(50, truth(3))).slice(-2)).toMatchObject([
      { type: 'QualityMeasured', data: { metric: 'rmse', value: 3, reference: 2, dropped: true } },
      {
        type: 'AlertRaised',
        data: {
          cause: 'quality',
          reason: expect.stringMatching(/^rmse 3\.000 on 50 labelled predictions, 2\.000 on the test split/),
        },
      },
    ]);
  });

  test('drift of the answers is that of the predicted number', () => {
    const drift = (value: number) =>
      follows(
        ...numbers.slice(0, 4),
        ...times(40, (i) => served(i, { label: null, confidence: null, value })),
      );
    expect(drift(99)[0]).toMatchObject({
      data: { features: [{}, {}, { feature: 'predicted_value', drifted: true }] },
    });
    const [same] = follows(...numbers);
    expect(same).toMatchObject({ data: { features: [{}, {}, { feature: 'predicted_value', psi: 0 }] } });
  });

  test('a label is not the outcome of a number', () =>
    given(...numbers, ...times(49, truth(2)))
      .when(outcome(49, 'a'))
      .thenNothing());
});

describe('quality', () => {
  const before = [...start, ...times(50, served), ...times(49, right)];

  test('is measured when a window of labelled predictions is full', () =>
    given(...before)
      .when(right(49))
      .thenMatch({
        type: 'QualityMeasured',
        data: {
          monitorId: 'topics/quality',
          window: 1,
          labelled: 50,
          from: 1_000,
          to: 1_049,
          metric: 'accuracy',
          value: 1,
          reference: 0.9,
          dropped: false,
        },
      }));

  test('raises an alert when it drops, and resolves it when it is back', () => {
    const events = follows(
      ...start,
      ...times(30, served),
      ...times(30, (index) => outcome(index, 'c')),
      ...times(120, served, 30),
      ...times(120, right, 30),
    ).filter(({ type }) => type !== 'DriftMeasured');
    expect(events).toMatchObject([
      { type: 'QualityMeasured', data: { metric: 'accuracy', value: 0.4, dropped: true } },
      {
        type: 'AlertRaised',
        data: {
          alertId: 'topics/quality/1',
          cause: 'quality',
          reason: expect.stringMatching(
            /^accuracy 40\.0 % on 50 labelled predictions, 90\.0 % on the test split/,
          ),
        },
      },
      { type: 'QualityMeasured', data: { value: 1, dropped: false } },
      { type: 'AlertResolved' },
      { type: 'QualityMeasured' },
    ]);
  });

  test('does not drop by less than the margin, however many predictions say so', () => {
    const lenient = policy('quality: { window: 50, margin: 0.6 }');
    const wrong = times(30, (index) => outcome(index, 'c'));
    given(...start, lenient, ...times(50, served), ...wrong, ...times(19, right, 30))
      .when(right(49))
      .thenMatch({ data: { metric: 'accuracy', value: 0.4, dropped: false } });
  });

  test('accepts an outcome before its prediction', () =>
    given(...start, ...times(50, right), ...times(49, served))
      .when(served(49))
      .thenMatch({ type: 'QualityMeasured', data: { labelled: 50 } }));

  test('counts an outcome once, and none of an unknown request', () => {
    const strangers = times(100, (index) => outcome(index + 1_000, 'a'));
    given(...before.slice(0, -1), right(0), right(1), outcome(2, 'c'), ...strangers)
      .when(right(48))
      .thenNothing();
    given(...before, right(0), ...strangers)
      .when(right(49))
      .thenMatch({ data: { labelled: 50, value: 1 } });
  });

  test('of a version that has left does not count', () =>
    given(...before, promoted('v1.1.0', 'v1.0.0'))
      .when(right(49))
      .thenNothing());
});

test('memory is bounded: the oldest unmatched predictions and outcomes are evicted', () => {
  const small = monitor(100);
  const { state } = play(small, service, [
    ...start,
    ...times(1_000, served),
    ...times(1_000, (index) => outcome(index + 5_000, 'a')),
  ]);
  const among = (waiting: MonitorState['unlabelled'] | MonitorState['unmatched']) =>
    times(6_000, (index) => `q${index}`).filter((request) => waiting.get(request) !== undefined);
  expect(among(state.unlabelled)).toEqual(times(100, (index) => `q${900 + index}`));
  expect(among(state.unmatched)).toEqual(times(100, (index) => `q${5_900 + index}`));
});

describe('drift of whole rows', () => {
  const windowOf = 60;
  const rows = (row: (index: number) => ReturnType<typeof features>) =>
    newEvent('ReferenceSampled', {
      ...{ datasetId: 'd1', model: MODEL, task: 'texts', seed: 1, heldOut: 200 },
      rows: times(200, (i) => {
        const { textLength, rareWordShare, ...texts } = row(i);
        return { numbers: { textLength, rareWordShare }, texts };
      }),
    });
  const features = (index: number, words = 'logs of epochs') => ({
    textLength: index % 2 === 1 ? 100 : 200,
    rareWordShare: index % 2 === 1 ? 0.1 : 0.3,
    team: index % 3 === 0 ? 'red' : 'blue',
    wordSketch: wordSketch(`${words} ${index % 7 === 0 ? 'often' : 'seldom'}`),
  });
  const windows = policy(`drift: { window: ${windowOf}, slices: [team] }`);
  const before = [windows, sealed, rows(features), evaluated, promoted('v1.0.0')];
  const last = (...events: NewEvent[]) =>
    follows(...before, ...events).filter(({ type }) => type === 'DriftMeasured');
  const predictions = (words?: string, first = 0, count = windowOf) =>
    times(count, (i) => served(i, { features: features(i, words) }), first);

  test('the vocabulary and a classifier are features like others, and say nothing without drift', () => {
    const [measured] = last(...predictions());
    const found = (measured!.data as DriftMeasured).features;
    expect(found.map(({ feature }) => feature)).toEqual(
      expect.arrayContaining(['textLength', 'vocabulary', 'domainClassifier']),
    );
    expect(found.filter(({ drifted }) => drifted)).toEqual([]);
    expect(found.find(({ feature }) => feature === 'domainClassifier')).toMatchObject({
      auroc: expect.closeTo(0.5, 0),
      windowCounts: expect.arrayContaining([expect.any(Number)]),
    });
  });

  test('other words raise an alert that names both', () => {
    const log = follows(...before, ...predictions('streams from tables'));
    expect(log.find(({ type }) => type === 'AlertRaised')!.data).toMatchObject({
      reason: expect.stringMatching(/vocabulary: PSI .*; domainClassifier: AUROC 1\.000/),
    });
  });

  test('a change in one value of a column that the policy names is found there', () => {
    const longer = (index: number) => {
      const own = features(index);
      return served(index, { features: own.team === 'red' ? { ...own, textLength: 100 } : own });
    };
    const log = follows(
      policy('drift: { window: 180, slices: [team] }'),
      ...before.slice(1),
      ...times(180, longer),
    );
    const { features: found } = log.find(({ type }) => type === 'DriftMeasured')!.data as DriftMeasured;
    const ofRed = found.find(({ feature, slice }) => feature === 'textLength' && slice === 'team=red');
    expect(ofRed).toMatchObject({ drifted: true });
    expect(
      found.find(({ feature, slice }) => feature === 'textLength' && slice === 'team=blue'),
    ).toMatchObject({
      drifted: false,
    });
    expect(ofRed!.windowCounts.reduce((sum, count) => sum + count, 0)).toBe(60);
    expect(ofRed!.adjustedPValue).toBeGreaterThan(ofRed!.pValue);
  });

  test('at most one window a minute is compared row by row', () => {
    const measured = last(...predictions(), ...predictions(undefined, windowOf));
    expect(
      measured.map(({ data }) =>
        (data as DriftMeasured).features.some(({ feature }) => feature === 'domainClassifier'),
      ),
    ).toEqual([true, false]);
  });

  test('datasets of before have no rows: nothing is said of them', () => {
    const [measured] = follows(windows, sealed, evaluated, promoted('v1.0.0'), ...predictions()).filter(
      ({ type }) => type === 'DriftMeasured',
    );
    expect((measured!.data as DriftMeasured).features.map(({ feature }) => feature)).not.toContain(
      'vocabulary',
    );
  });
});
