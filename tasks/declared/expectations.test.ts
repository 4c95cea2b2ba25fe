import { describe, expect, test } from 'vitest';
import { ExpectationCheck } from '../../ml/expectations/check.ts';
import { declaredTask } from './declared.ts';

const task = (expectations: string) =>
  declaredTask(
    'flights.yaml',
    `task: flights\nkind: tabular\nid: id\ntarget: { column: late, classes: [yes, no] }\ncolumns:\n  seats: number\n  from: category\n  day: date\nexpectations: [${expectations}]\n`,
  );
const broken = (expectations: string, instance: Record<string, string | number | null>, target = 'no') => {
  const check = new ExpectationCheck(task(expectations).expectations!);
  check.add({ id: '1', instance, target });
  return check.findings().map(({ expectation, holds, severity }) => [expectation, holds, severity]);
};

test.each([
  ['{ column: seats, minimum: 1, maximum: 500 }', { seats: 501 }, 'seats from 1 to 500', false],
  ['{ column: seats, maximum: 500 }', { seats: 500 }, 'seats to 500', true],
  ['{ column: seats, minimum: 1 }', { seats: null }, 'seats from 1', true],
  ['{ column: from, values: [JFK, LGA] }', { from: 'EWR' }, 'from is one of JFK, LGA', false],
  ['{ column: from, missing: 0.05 }', { from: null }, 'from is present', false],
  ["{ rule: day > '2024-01-01' }", { day: '2023-05-01' }, "day > '2024-01-01'", false],
  ["{ rule: late == 'no' }", { seats: 1 }, "late == 'no'", true],
  ['{ balance: 0.1 }', { seats: 1 }, 'each class has 10 % of the samples', true],
])('%s of %o', (expectation, instance, text, holds) => {
  expect(broken(expectation, instance)).toEqual([[text, holds, 'critical']]);
});

test('outliers are a warning, unless they are said to be critical', () => {
  expect(broken('{ column: seats, outliers: 0.01 }', { seats: 1 })[0]![2]).toBe('warning');
  expect(broken('{ column: seats, outliers: 0.01, severity: critical }', { seats: 1 })[0]![2]).toBe(
    'critical',
  );
});

describe('is refused', () => {
  test.each([
    ['{ column: saets, missing: 0 }', /saets is no input, did you mean seats\?/],
    ['{ column: from, minimum: 1 }', /from is a category: minimum and maximum are for number/],
    ['{ column: day, outliers: 0 }', /day is a date: outliers are for number/],
    ['{ column: seats, words: 3 }', /seats is a number: words are for text/],
    ['{ column: seats }', /what is expected\? Give minimum/],
    ['{ column: seats, missing: 5 }', /is a share: from 0 to 1/],
    ['{ column: seats, mising: 0.1 }', /mising/],
    ['{ rule: a > 1 }', /there is no column 'a'/],
  ])('%s', (expectation, message) => {
    expect(() => task(expectation)).toThrow(message);
  });
});
