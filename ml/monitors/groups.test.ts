import { describe, expect, test } from 'vitest';
import { seededRandom } from '../random.ts';
import { kind as accuracyParity } from './accuracy-parity.ts';
import type { Bounds } from './monitor.ts';
import { kind as rateParity, ratesOf } from './rate-parity.ts';

const BOUNDS: Bounds = {
  ...{ limit: 0.1, clear: 0.08, significance: 0.01, minimumSamples: 100, window: 86_400_000 },
  options: { group: 'team', label: '' },
};
const rows = (counts: Record<string, Record<string, number>>) =>
  Object.entries(counts).flatMap(([group, labels]) =>
    Object.entries(labels).map(([label, predictions]) => ({ group, label, predictions })),
  );
const judged = (counts: Record<string, Record<string, number>>, bounds = BOUNDS) =>
  rateParity.judge(rows(counts), bounds);

describe('parity of rates', () => {
  test('is broken by a difference beyond the limit that chance does not give, with its interval', () =>
    expect(judged({ red: { yes: 150, no: 350 }, blue: { yes: 300, no: 200 } })).toMatchObject({
      state: 'bad',
      value: expect.closeTo(0.3),
      samples: 1_000,
      reason: expect.stringMatching(
        /^predictions of (yes|no): .* of 500 of (red|blue), .*: a difference of 30\.0 % \(\d.* to \d.*, limit 10\.0 %, p /,
      ),
    }));

  test('is not broken by a small group, however large its difference', () => {
    const few = { red: { yes: 25, no: 8 }, blue: { yes: 480, no: 520 } };
    expect(judged(few)).toMatchObject({ state: 'between', value: expect.closeTo(0.278, 3) });
    expect(judged({ ...few, red: { yes: 29 } })).toBeUndefined(); // too small to be compared
  });

  test('a small group with a large difference does not hide one that is certain', () =>
    expect(
      judged({ red: { yes: 28, no: 4 }, blue: { yes: 500, no: 500 }, green: { yes: 300, no: 700 } }),
    ).toMatchObject({ state: 'bad' }));

  test('is of one label where the policy names it', () => {
    const three = { red: { a: 100, b: 100, c: 100 }, blue: { a: 100, b: 190, c: 10 } };
    expect(judged(three)).toMatchObject({ state: 'bad', value: expect.closeTo(0.3) });
    expect(judged(three, { ...BOUNDS, options: { group: 'team', label: 'a' } })).toMatchObject({
      state: 'good',
      value: 0,
    });
  });

  test('a label that a group never gets is a rate of 0', () =>
    expect(ratesOf(rows({ red: { yes: 5 }, blue: { no: 5 } }), 'yes')).toEqual([
      { group: 'red', of: 'yes', samples: 5, count: 5 },
      { group: 'blue', of: 'yes', samples: 5, count: 0 },
    ]));

  test.each([
    ['one group', { red: { yes: 500 } }],
    ['no rows', {}],
    ['too few samples', { red: { yes: 40 }, blue: { yes: 40 } }],
  ])('says nothing of %s', (_, counts) => expect(judged(counts)).toBeUndefined());
});

test('without a difference a false alarm is rare, of ten groups too', () => {
  const random = seededRandom(5);
  let alarms = 0;
  for (let run = 0; run < 300; run++) {
    const groups = Array.from({ length: 10 }, (_, i): [string, Record<string, number>] => {
      const size = 30 + 20 * i;
      let yes = 0;
      for (let j = 0; j < size; j++) if (random() < 0.3) yes += 1;
      return [`g${i}`, { yes, no: size - yes }];
    });
    if (judged(Object.fromEntries(groups))?.state === 'bad') alarms += 1;
  }
  expect(alarms).toBeLessThanOrEqual(3); // 1 % of 300
});

test('parity of accuracy compares right answers', () => {
  const of = (red: number, blue: number) =>
    accuracyParity.judge(
      [
        { group: 'red', labelled: 300, correct: red },
        { group: 'blue', labelled: 300, correct: blue },
      ],
      BOUNDS,
    );
  expect(of(270, 200)).toMatchObject({
    state: 'bad',
    samples: 600,
    reason: expect.stringMatching(/^right answers: 90/),
  });
  expect(of(270, 265)).toMatchObject({ state: 'good' });
});
