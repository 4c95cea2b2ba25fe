import { describe, expect, test } from 'vitest';
import { asParameter, brushesIn, isWithin, scaleOf } from './scale.ts';

describe('the axis of a hyperparameter', () => {
  test.each([
    [{ type: 'float', low: 0, high: 4 } as const, 1, 0.25],
    [{ type: 'log_float', low: 0.01, high: 100 } as const, 1, 0.5],
    [{ type: 'categorical', choices: ['a', 'b', 'c'] } as const, 'b', 0.5],
  ])('%j: %s lies at %s, and back', (domain, value, position) => {
    const scale = scaleOf('x', domain);
    expect(scale.positionOf(value)).toBeCloseTo(position, 12);
    expect(scale.valueAt(position)).toBe(value);
  });

  test('one choice, or one number, is a place of its own', () => {
    expect(scaleOf('x', { type: 'categorical', choices: [true] }).positionOf(true)).toBe(0);
    expect(scaleOf('x', { type: 'int', low: 3, high: 3 }).positionOf(3)).toBe(0.5);
  });
});

test('brushes are in the address; what is none is left out', () => {
  const brush = { name: 'a:b', from: 0.125, to: 0.5 };
  const address = new URLSearchParams([
    ['brush', asParameter(brush)],
    ['brush', 'x:0.9:0.1'],
    ['brush', '<script>'],
  ]);
  expect(brushesIn(address)).toEqual([brush]);
});

test('a row is within all brushes, ends included; one without a value in none', () => {
  const brushes = [
    { name: 'x', from: 0, to: 0.5 },
    { name: 'y', from: 0.5, to: 1 },
  ];
  const within = (row: Record<string, number>) => isWithin(brushes, (name) => row[name]);
  expect(within({ x: 0.5, y: 0.5 })).toBe(true);
  expect(within({ x: 0.51, y: 0.5 })).toBe(false);
  expect(within({ x: 0.2 })).toBe(false);
});
