import { expect, test } from 'vitest';
import { type CutRecords, type LifecycleRecord, middleCut, nextMonth, planLifecycle } from './plan.ts';

const record = (number: number, time: string): LifecycleRecord => ({
  number,
  id: `r${number}`,
  time: Date.parse(time),
  instance: {},
  target: 'a',
  fields: {},
});

const records = [
  record(2, '2025-03-09'),
  record(3, '2025-01-15'),
  record(4, '2025-03-01'),
  record(5, '2025-02-28T21:00:00-05:00'),
];

const CUT: CutRecords = { cut: '2025-01-10', timesBefore: [Date.parse('2024-12-31T23:59:00Z')], records };

test('the month after December is January of the next year', () => {
  expect([nextMonth('2025-01'), nextMonth('2025-12')]).toEqual(['2025-02-01', '2026-01-01']);
});

test('every record from the cut on is in exactly one month, in the order of time', () => {
  const plan = planLifecycle(CUT);
  expect(plan.before).toBe(1);
  expect(
    plan.months.map(({ name, from, to, records }) => [
      name,
      from,
      to,
      records.unpack().map(({ number }) => number),
    ]),
  ).toEqual([
    ['2025-01', '2025-01-10', '2025-02-01', [3]],
    ['2025-03', '2025-03-01', '2025-04-01', [4, 5, 2]],
  ]);
  const [march] = plan.months.slice(-1);
  expect(march?.records).toMatchObject({ length: 3, lastTime: records[0]!.time });
  expect(march?.records.unpack().at(-1)).toEqual(records[0]);
});

test('the cut that is suggested is the month of the middle record', () =>
  expect(middleCut(CUT)).toBe('2025-03-01'));
