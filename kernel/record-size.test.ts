import { expect, test } from 'vitest';
import { inRuns, sizeOf } from './record-size.ts';

const record = (bytes: number, key = '') => ({ key, value: new Uint8Array(bytes) });

test('the key of a record counts as often as its row holds it', () => {
  expect(sizeOf(record(100, 'key'))).toBe(106);
});

test.each([
  ['nothing', [], []],
  ['what fits into one', [1, 2, 3], [[1, 2, 3]]],
  [
    'what does not',
    [4, 4, 4, 3],
    [
      [4, 4],
      [4, 3],
    ],
  ],
  ['one that is larger than a run', [1, 99, 1], [[1], [99], [1]]],
])('runs of %s', (_what, sizes, expected) => {
  const runs = [
    ...inRuns(
      sizes.map((size) => record(size)),
      9,
    ),
  ];
  expect(runs.map((run) => run.map(({ value }) => value.byteLength))).toEqual(expected);
});
