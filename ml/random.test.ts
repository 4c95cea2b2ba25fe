import { expect, test } from 'vitest';
import { seededRandom, shuffle } from './random.ts';

test('a seed gives one sequence, another seed another', () => {
  const [a, b, c] = [seededRandom(42), seededRandom(42), seededRandom(43)];
  const draws = Array.from({ length: 5 }, () => [a(), b(), c()] as const);
  for (const [first, again, other] of draws) {
    expect(first).toBe(again);
    expect(first).not.toBe(other);
  }
});

test('numbers are uniform in [0, 1)', () => {
  const random = seededRandom(7);
  const counts = new Array<number>(10).fill(0);
  for (let draw = 0; draw < 10_000; draw++) counts[Math.floor(10 * random())]! += 1;
  const chiSquare = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  expect(counts).toHaveLength(10); // nothing fell outside
  expect(chiSquare).toBeLessThan(27.9); // 0.999 quantile, 9 degrees of freedom
});

test('a shuffle keeps every item, and all orders are about as likely', () => {
  const random = seededRandom(1);
  const orders = new Map<string, number>();
  for (let draw = 0; draw < 6000; draw++) {
    const order = shuffle(['a', 'b', 'c'], random).join('');
    orders.set(order, (orders.get(order) ?? 0) + 1);
  }
  expect([...orders.keys()].toSorted()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
  for (const count of orders.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
});
