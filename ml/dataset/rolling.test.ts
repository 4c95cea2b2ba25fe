import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { InstanceSchema } from '../instance/schema.ts';
import { validInstance } from '../instance/validate.ts';
import { assertRolling, rolling, rollingFeature, rollingNames, withRolling } from './rolling.ts';

const SCHEMA: InstanceSchema = { fields: { carrier: { type: 'category' }, seats: { type: 'number' } } };
const FEATURE = rollingFeature.parse({ column: 'seats', by: 'carrier', window: 3 });

const row = fc.record({
  time: fc.integer({ min: 0, max: 12 }),
  group: fc.constantFrom('a', 'b', undefined),
  value: fc.constantFrom(1, 2, 4, 8, 16, Number.NaN),
});
type Row = { time: number; group: string | undefined; value: number };
const rolled = (rows: readonly Row[]) =>
  rolling(
    {
      times: rows.map(({ time }) => time),
      groups: rows.map(({ group }) => group),
      values: rows.map(({ value }) => value),
    },
    FEATURE,
  );

/** What who asks a model does: it looks up the last numbers of the group, and takes their statistics. */
function asked(rows: readonly Row[], { time, group }: Row): number[] {
  const last = [...rows.entries()]
    .filter(([, other]) => other.group === group && other.time < time && !Number.isNaN(other.value))
    .sort(([a, one], [b, other]) => one.time - other.time || a - b)
    .slice(-3)
    .map(([, { value }]) => value);
  if (last.length === 0 || group === undefined) return Array(4).fill(Number.NaN);
  const mean = last.reduce((sum, value) => sum + value, 0) / last.length;
  const squares = last.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const std = last.length > 1 ? Math.sqrt(squares / (last.length - 1)) : 0;
  return [mean, std, Math.min(...last), Math.max(...last)];
}

test('a row has in training what one who asks finds in the records before it (no skew)', () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 40 }), (rows) => {
      const all = rolled(rows);
      for (const [at, own] of rows.entries()) {
        const expected = asked(rows, own);
        for (const [statistic, value] of expected.entries()) {
          const found = all[4 * at + statistic]!;
          if (Number.isNaN(value)) expect(found).toBeNaN();
          else expect(found).toBeCloseTo(value, 9);
        }
      }
    }),
    { numRuns: 100 },
  );
});

test('nothing of a row itself, of its time or later, changes what it has (no leak)', () => {
  fc.assert(
    fc.property(
      fc.array(row, { minLength: 1, maxLength: 40 }),
      fc.nat(12),
      fc.double({ noNaN: true }),
      (rows, time, other) => {
        const changed = rows.map((own) => (own.time >= time ? { ...own, value: other } : own));
        const [before, after] = [rolled(rows), rolled(changed)];
        for (const [at, own] of rows.entries())
          if (own.time <= time)
            expect(after.subarray(4 * at, 4 * at + 4)).toEqual(before.subarray(4 * at, 4 * at + 4));
      },
    ),
    { numRuns: 100 },
  );
});

test('the fields are numbers of the instance that cannot be left out, and may be null', () => {
  const [mean, ...others] = rollingNames(FEATURE);
  expect(mean).toBe('seats_mean_last_3_by_carrier');
  const schema = withRolling(SCHEMA, [FEATURE]);
  const none = Object.fromEntries(others.map((name) => [name, null]));
  expect(validInstance(schema, { carrier: 'a', [mean!]: 3, ...none })).toEqual({
    ...{ carrier: 'a', seats: null, [mean!]: 3, ...none },
  });
  expect(() => validInstance(schema, { carrier: 'a', ...none })).toThrow(
    'seats_mean_last_3_by_carrier was computed in training, and is not here: send the mean of seats over the last 3 records of the same carrier before this one, or null where there is none',
  );
});

test.each([
  [
    { column: 'seat' },
    /rolling names 'seat', which is no input of type number, did you mean 'seats'\?.*a target cannot be one/,
  ],
  [{ by: 'seats' }, /rolling names 'seats', which is no input of type category/],
  [{ statistics: ['mean', 'mean'] as ('mean' | 'std')[] }, /seats_mean_last_3_by_carrier is there already/],
])('%j is refused', (change, message) => {
  expect(() => assertRolling(SCHEMA, [{ ...FEATURE, ...change }])).toThrow(message);
});
