import { describe, expect, test } from 'vitest';
import { agreementOf } from './agreement.ts';
import { benjaminiHochberg, holm } from './corrections.ts';
import { unitsForProportions } from './power.ts';

const code = (code: string) => expect.objectContaining({ code });

describe('units', () => {
  test('that are enough for a power of 80 % are as many as statsmodels says', () => {
    expect(unitsForProportions(0.8, 0.02)).toBe(6039);
  });

  test('are refused of effects that no test can see', () => {
    expect(() => unitsForProportions(0.99, 0.02)).toThrow(code('effect'));
    expect(() => unitsForProportions(0.5, 0)).toThrow(code('effect'));
    expect(() => unitsForProportions(0.5, 0.1, { power: 1 })).toThrow(code('option'));
  });
});

test('corrections keep the order, never pass 1, and take none', () => {
  expect(holm([0.04, 0.9, 0.01])).toEqual([0.08, 0.9, 0.03]);
  expect(benjaminiHochberg([0.9, 0.8])).toEqual([0.9, 0.9]);
  expect([holm([]), benjaminiHochberg([])]).toEqual([[], []]);
});

test('agreement of two models of one label is no agreement beyond chance', () => {
  expect(
    agreementOf([
      [7, 0],
      [0, 0],
    ]),
  ).toEqual({ agreement: 1, chance: 1, kappa: null });
  expect(
    agreementOf([
      [5, 5],
      [5, 5],
    ]).kappa,
  ).toBeCloseTo(0, 12);
  expect(() => agreementOf([[1, 2]])).toThrow(code('shape'));
  expect(() => agreementOf([[0]])).toThrow(code('empty'));
});
