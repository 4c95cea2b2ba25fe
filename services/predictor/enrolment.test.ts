import { describe, expect, test } from 'vitest';
import { chiSquareGoodnessOfFit, chiSquareTwoSample } from '../../ml/statistics/chi-square.ts';
import type { ExperimentStarted } from '../../schemas/events.generated.ts';
import { enrol, enrolmentOf, segmentsOf } from './enrolment.ts';
import { placeOf } from './traffic.ts';

const KEYS = Array.from({ length: 20_000 }, (_, i) => `user-${i}`);
const ARMS = [
  { name: 'control', version: 'v1', share: 50 },
  { name: 'first', version: 'v2', share: 30 },
  { name: 'second', version: 'v3', share: 20 },
];
const EVERYONE = { keys: [], attributes: [] };

type Given = Partial<Pick<ExperimentStarted, 'arms' | 'traffic' | 'audience'>>;
const experiment = (experimentId: string, { arms = ARMS, traffic = 100, audience = EVERYONE }: Given = {}) =>
  enrolmentOf({ experimentId, traffic, audience, segments: [] }, arms);
const armOf = (of: ReturnType<typeof experiment>, routingKey: string, attributes = {}) =>
  enrol([of], { routingKey, attributes })?.arm.name;
const countsOf = (names: readonly (string | undefined)[], known: readonly string[]) =>
  known.map((name) => names.filter((one) => one === name).length);
const NAMES = ARMS.map(({ name }) => name);

test('the same key always gets the same arm, and arms have their shares', () => {
  const arms = KEYS.map((key) => armOf(experiment('e'), key));
  expect(KEYS.map((key) => armOf(experiment('e'), key))).toEqual(arms);
  const { pValue } = chiSquareGoodnessOfFit([50, 30, 20], countsOf(arms, NAMES));
  expect(pValue).toBeGreaterThan(0.001);
});

test('a part of the traffic takes part, whose arms have their shares too', () => {
  const arms = KEYS.map((key) => armOf(experiment('e', { traffic: 10 }), key));
  const enrolled = arms.filter((arm) => arm !== undefined);
  expect(
    chiSquareGoodnessOfFit([10, 90], [enrolled.length, KEYS.length - enrolled.length]).pValue,
  ).toBeGreaterThan(0.001);
  expect(chiSquareGoodnessOfFit([50, 30, 20], countsOf(enrolled, NAMES)).pValue).toBeGreaterThan(0.001);
});

test('experiments are independent of each other and of deployments', () => {
  const [one, other] = [experiment('one'), experiment('other')];
  const inControl = KEYS.filter((key) => armOf(one, key) === 'control');
  const inTreatment = KEYS.filter((key) => armOf(one, key) !== 'control');
  const split = (keys: readonly string[], of: (key: string) => string | undefined, names: string[]) =>
    countsOf(keys.map(of), names);
  const inOther = (keys: readonly string[]) => split(keys, (key) => armOf(other, key), NAMES);
  expect(chiSquareTwoSample(inOther(inControl), inOther(inTreatment)).pValue).toBeGreaterThan(0.001);
  const inDeployment = (keys: readonly string[]) =>
    split(keys, (key) => (placeOf('deployment', key) < 20 ? 'candidate' : 'production'), [
      'candidate',
      'production',
    ]);
  expect(chiSquareTwoSample(inDeployment(inControl), inDeployment(inTreatment)).pValue).toBeGreaterThan(
    0.001,
  );
});

test('a key that the first experiment does not take may be taken by the next', () => {
  const [first, second] = [experiment('first', { traffic: 50 }), experiment('second', { traffic: 50 })];
  const taken = KEYS.map((routingKey) => {
    return enrol([first, second], { routingKey, attributes: {} })?.experiment.experimentId;
  });
  const [inFirst, inSecond] = countsOf(taken, ['first', 'second']);
  expect(
    chiSquareGoodnessOfFit([50, 25, 25], [inFirst!, inSecond!, KEYS.length - inFirst! - inSecond!]).pValue,
  ).toBeGreaterThan(0.001);
  for (const [i, key] of KEYS.entries()) if (armOf(first, key) !== undefined) expect(taken[i]).toBe('first');
});

describe('the audience', () => {
  const audience = {
    keys: ['ada'],
    attributes: [
      { name: 'country', values: ['DE', 'FR'] },
      { name: 'plan', values: ['team'] },
    ],
  };
  const of = experiment('e', { audience });

  test('has one of the keys, or of each attribute one of its values', () => {
    const takesPart = (key: string, attributes: Record<string, string>) =>
      armOf(of, key, attributes) !== undefined;
    expect(takesPart('ada', {})).toBe(true);
    expect(takesPart('bob', { country: 'DE', plan: 'team' })).toBe(true);
    expect(takesPart('bob', { country: 'DE' })).toBe(false);
    expect(takesPart('bob', { country: 'US', plan: 'team' })).toBe(false);
    expect(takesPart('bob', {})).toBe(false);
  });

  test('predictions keep the attributes that the metrics are read by, and no others', () =>
    expect(segmentsOf(['country', 'plan'], { country: 'DE', name: 'Ada' })).toEqual({ country: 'DE' }));
});
