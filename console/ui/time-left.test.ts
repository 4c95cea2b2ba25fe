import { expect, test } from 'vitest';
import { about, secondsLeft } from './time-left.ts';

test('what is left takes as long as what is done; nothing is said before anything is done', () => {
  expect(secondsLeft(2, 10, 30)).toBe(120);
  expect(secondsLeft(10, 10, 30)).toBe(0);
  expect(secondsLeft(12, 10, 30)).toBe(0); // an estimate of all was too low
  expect(secondsLeft(0, 10, 30)).toBeNull();
  expect(secondsLeft(2, Number.NaN, 30)).toBeNull();
});

test('a stretch of time is told no finer than it is known', () => {
  expect([2, 41, 600, 10_000].map(about)).toEqual([
    'a few seconds',
    'about 40 s',
    'about 10 min',
    'about 2.8 h',
  ]);
});
