import type { Schema } from 'avsc';
import { expect, test } from 'vitest';
import { momentsIn, withIsoMoments } from './moments.ts';

const MOMENT = { type: 'long', logicalType: 'timestamp-millis' } as const;
const at = Date.parse('2026-03-01T12:00:00.000Z');

test('moments of an event are written in ISO 8601, other numbers as they are', () => {
  const due = { model: 'm', planId: 'p', dueAt: at, number: 3 };
  expect(withIsoMoments('RetrainingDue', due)).toEqual({ ...due, dueAt: '2026-03-01T12:00:00.000Z' });
  expect(withIsoMoments('AlertResolved', { model: 'm' })).toEqual({ model: 'm' });
});

test('also within unions, lists, maps and records', () => {
  const inside = {
    type: 'record' as const,
    name: 'Inside',
    fields: [{ name: 'at', type: MOMENT }],
  } satisfies Schema;
  const convert = momentsIn({
    type: 'record',
    name: 'Outside',
    fields: [
      { name: 'maybe', type: ['null', MOMENT] },
      { name: 'list', type: { type: 'array', items: inside } },
      { name: 'map', type: { type: 'map', values: MOMENT } },
      { name: 'count', type: 'long' },
    ],
  });
  const iso = new Date(at).toISOString();
  expect(convert?.({ maybe: at, list: [{ at }], map: { x: at }, count: at })).toEqual({
    maybe: iso,
    list: [{ at: iso }],
    map: { x: iso },
    count: at,
  });
  expect(convert?.({ maybe: null, list: [], map: {}, count: 1e300 })).toMatchObject({ maybe: null });
  expect(momentsIn(MOMENT)?.(1e300)).toBe(1e300);
  expect(momentsIn({ type: 'map', values: 'long' })).toBeUndefined();
});
