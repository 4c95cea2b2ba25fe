import { expect, test } from 'vitest';
import { recentPart, SUITE_WEIGHTS, suiteScore } from './parts.ts';

const TASK = { name: 't', type: 'classification' as const, labels: ['a', 'b'] };
const sample = (time: string | null, at: number) => ({
  id: `s${at}`,
  time,
  group: null,
  instance: {},
  target: 'a',
});
/** `count` samples of a day, of which a model is right about some. */
const of = (time: string | null, count: number, right: number) =>
  Array.from({ length: count }, (_, at) => ({ time, p: at < right ? 0.9 : 0.1 }));

const measured = (all: ReturnType<typeof of>, months = 3) =>
  recentPart(
    TASK,
    { rows: all.length, columns: 2, values: Float64Array.from(all.flatMap(({ p }) => [p, 1 - p])) },
    all.map(({ time }, at) => sample(time, at)),
    months,
  );

test('the last months are those before the newest sample, its day included', () => {
  const all = [
    ...of('2024-02-28', 50, 0),
    ...of('2024-02-29', 10, 10),
    ...of('2024-05-31T12:00:00Z', 20, 5),
    ...of(null, 9, 0),
  ];
  expect(measured(all)).toMatchObject({ samples: 20, metrics: { accuracy: 0.25 } });
  expect(measured([...all, ...of('2024-03-01', 10, 10)])).toMatchObject({
    samples: 30,
    metrics: { accuracy: 0.5 },
  });
  expect(measured(all, 12)).toMatchObject({ samples: 80, metrics: { accuracy: 15 / 80 } });
});

test('few samples, or none with a time, are no part', () => {
  expect(measured(of('2024-01-01', 19, 1))).toBeUndefined();
  expect(measured(of(null, 100, 1))).toBeUndefined();
});

test('the weights of the suites that are missing go to the others', () => {
  const suite = (name: keyof typeof SUITE_WEIGHTS, score: number) => ({
    suite: name,
    weight: SUITE_WEIGHTS[name],
    samples: 1,
    score,
  });
  expect(suiteScore([suite('test', 0.9), suite('edgeCases', 0.4), suite('recency', 0.8)])).toBeCloseTo(
    0.78,
    12,
  );
  expect(suiteScore([suite('test', 0.9), suite('recency', 0.5)])).toBeCloseTo(
    (0.6 * 0.9 + 0.2 * 0.5) / 0.8,
    12,
  );
});
