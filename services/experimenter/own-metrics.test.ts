import { expect, test } from 'vitest';
import type { ExperimentRequested } from '../../schemas/events.generated.ts';
import { deciderSpec } from '../../schemas/testing.ts';
import { asked, measured, metric, promoted, registered, reviewDue, row } from './fixtures.ts';
import { experimenter } from './service.ts';

/** Metrics of the user in experiments: what each answer is worth stands in the request. */

const { given } = deciderSpec(experimenter);
const production = [registered('v1.0.0'), promoted('v1.0.0'), registered('v1.1.0')];
const COST = { metric: 'custom.cost', otherwise: 0, values: [{ actual: 'a', predicted: 'b', value: 500 }] };
const compared = metric('custom.cost', 'primary', { better: 'lower' });
const request = { metrics: [compared], ownMetrics: [COST], minimumImprovement: 5 };

/** An arm of so many units, of which some gave the answer that costs 500. */
function armOf(name: string, units: number, wrong: number) {
  const counted = row(name, { units, correct: units - wrong });
  const [y, yy] = [500 * wrong, 500 * 500 * wrong];
  const cost = { measure: 'custom.cost', count: units, y, x: units, yy, xx: units, xy: y };
  return { ...counted, measures: [...counted.measures, cost] };
}

test('an experiment is decided by what answers are worth, with the error of a mean', () => {
  const [started] = given(...production)
    .when(asked(request))
    .decide();
  expect(started).toMatchObject({
    type: 'ExperimentStarted',
    data: { ownMetrics: [COST], neededUnits: null },
  });
  const running = given(...production, started!, reviewDue(1));
  running.when(measured(1, [armOf('control', 5_000, 500), armOf('treatment', 5_000, 300)])).thenMatch(
    {
      data: {
        verdict: 'PROMOTE',
        comparisons: [
          {
            metric: 'custom.cost',
            control: 50,
            treatment: 30,
            difference: -20,
            improvement: 20,
            // costs of 500 or 0: sqrt(500² p (1 - p) / n) of each arm, p 0.1 and 0.06
            standardError: expect.closeTo(500 * Math.sqrt((0.1 * 0.9 + 0.06 * 0.94) / 5_000), 2),
          },
        ],
      },
    },
    { type: 'ExperimentConcluded', data: { winner: 'treatment' } },
  );
  running
    .when(measured(1, [armOf('control', 5_000, 300), armOf('treatment', 5_000, 500)]))
    .thenMatch({ data: { verdict: 'KEEP' } }, { type: 'ExperimentConcluded' });
});

test('the measurement is asked for with the values that stand in the log', () => {
  const [started] = given(...production)
    .when(asked(request))
    .decide();
  given(...production, started!)
    .when(reviewDue(1))
    .thenMatch({ data: { query: 'experiments/arms', parameters: { own: JSON.stringify([COST]) } } });
});

test.each<[what: string, request: Partial<ExperimentRequested>, reason: RegExp]>([
  ['without values', { ownMetrics: [] }, /custom\.cost is a metric of yours: say what each answer is worth/],
  [
    'that is not compared',
    { metrics: [metric('accuracy')] },
    /custom\.cost has values, and is none of the metrics/,
  ],
  [
    'that is none of the user',
    { ownMetrics: [{ ...COST, metric: 'accuracy' }] },
    /accuracy is no metric of yours: its name is custom\.NAME/,
  ],
  [
    'with two values for a pair of labels',
    { ownMetrics: [{ ...COST, values: [...COST.values, ...COST.values] }] },
    /custom\.cost has two values for b where a is right/,
  ],
  [
    'whose values are given twice',
    { ownMetrics: [COST, COST] },
    /the values of custom\.cost are given twice/,
  ],
  [
    'with a value that is no number',
    { ownMetrics: [{ ...COST, otherwise: Number.NaN }] },
    /custom\.cost has the value NaN/,
  ],
  [
    'of which nothing says which value is better',
    { metrics: [metric('custom.cost')] },
    /of custom\.cost higher or lower can be better, not null/,
  ],
  [
    'without a least improvement in its unit',
    { minimumImprovement: null },
    /say by how much custom\.cost has to improve/,
  ],
  [
    'as a guardrail without a margin',
    { metrics: [metric('accuracy'), metric('custom.cost', 'guardrail', { better: 'lower' })] },
    /the guardrail custom\.cost needs a margin, in its unit/,
  ],
])('a metric %s is refused', (_, change, reason) =>
  given(...production)
    .when(asked({ ...request, ...change }))
    .thenMatch({
      type: 'ExperimentRefused',
      data: { code: 'INPUT_INVALID', reason: expect.stringMatching(reason) },
    }),
);

test('a model of numbers has no pairs of labels', () => {
  const numbers = [registered('v1.0.0', 'rmse'), promoted('v1.0.0'), registered('v1.1.0', 'rmse')];
  given(...numbers)
    .when(asked(request))
    .thenMatch({
      type: 'ExperimentRefused',
      data: { reason: expect.stringMatching(/for each pair of labels/) },
    });
});
