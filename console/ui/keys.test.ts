import { expect, test } from 'vitest';
import { halfAround, indexAfter } from './keys.ts';

test.each([
  ['ArrowRight', 3, 4],
  ['ArrowLeft', 3, 2],
  ['ArrowRight', 49, 49],
  ['ArrowLeft', 0, 0],
  ['PageDown', 3, 8],
  ['PageUp', 3, 0],
  ['Home', 3, 0],
  ['End', 3, 49],
  ['ArrowRight', undefined, 0],
  ['ArrowLeft', undefined, 49],
  ['a', 3, undefined],
] as const)('%s at %s of 50 values leads to %s', (key, index, next) =>
  expect(indexAfter(key, index, 50)).toBe(next),
);

test('without a value no key leads anywhere', () => expect(indexAfter('End', undefined, 0)).toBeUndefined());

test('half of the values around one lies within all of them', () => {
  expect(halfAround(50, 101)).toEqual([25, 75]);
  expect(halfAround(0, 101)).toEqual([0, 50]);
  expect(halfAround(100, 101)).toEqual([50, 100]);
  expect(halfAround(1, 3)).toEqual([1, 2]);
  expect(halfAround(0, 1)).toEqual([0, 0]);
});
