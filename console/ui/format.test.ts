import { describe, expect, test } from 'vitest';
import { ago, byMove, instant, movedBy, number, percent } from './format.ts';

describe('numbers', () => {
  test('have four significant digits, and all of a large one', () => {
    expect(number(0.123456)).toBe('0.1235');
    expect(number(1_234_567)).toBe('1,234,567');
    expect(number(0.00000123)).toBe('1.2e-6');
    expect(number(0)).toBe('0');
  });

  test('that are not there are a dash', () => {
    expect([number(null), number(Number.NaN), percent(undefined)]).toEqual(['–', '–', '–']);
  });

  test('as shares are percents', () => expect(percent(0.8706)).toBe('87.1 %'));
});

describe('instants', () => {
  test('are in UTC, to the second; a midnight is a day', () => {
    expect(instant('2025-06-30T00:00:00.000Z')).toBe('2025-06-30');
    expect(instant('2025-06-30T01:02:03.999Z')).toBe('2025-06-30 01:02:03');
  });

  test('are so long ago', () => {
    const now = Date.parse('2025-06-30T12:00:00Z');
    expect(ago('2025-06-30T11:58:00Z', now)).toBe('2 min ago');
    expect(ago('2025-06-27T11:58:00Z', now)).toBe('3 days ago');
  });
});

test('what sees all features together is told by its own measure, after the features', () => {
  const feature = (name: string, psi: number, auroc: number | null = null) => ({ name, psi, auroc });
  const moved = byMove([feature('small', 0.1), feature('all', 1.7, 0.832), feature('large', 0.4)]);
  expect(moved.map((each) => `${each.name}: ${movedBy(each)}`)).toEqual([
    'large: PSI 0.4',
    'small: PSI 0.1',
    'all: all features together, AUROC 0.83',
  ]);
});
