import { expect, test } from 'vitest';
import { day, pastMoment } from './arguments.ts';
import { shortTime, toMinute } from './moment.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const invalid = (message: RegExp) =>
  expect.objectContaining({ code: 'INPUT_INVALID', message: expect.stringMatching(message) });

test('a day is one of the calendar', () => {
  expect(day('2024-02-29')).toBe('2024-02-29');
});

test.each(['2025-02-31', '2025-13-01', '2025-1-1', '2025-01-01T00:00:00Z', 'yesterday', ''])(
  'a day is not %j',
  (text) => expect(() => day(text)).toThrow(invalid(/YYYY-MM-DD/)),
);

test.each([
  ['2026-03-01', '2026-03-01T00:00:00.000Z'],
  ['2026-03-01T12:00Z', '2026-03-01T12:00:00.000Z'],
  ['2026-03-01T12:00:00.5+02:00', '2026-03-01T10:00:00.500Z'],
  ['2026-02-28 12:30Z', '2026-02-28T12:30:00.000Z'],
  ['7d', '2026-02-22T12:00:00.000Z'],
  ['90m', '2026-03-01T10:30:00.000Z'],
])('a moment is %s', (text, moment) => expect(new Date(pastMoment(text, NOW)).toISOString()).toBe(moment));

test.each([
  '2025-02-30',
  '2025-02-30T10:00:00Z',
  '2025-02-28T25:00:00Z',
  '2025-02-28T10:00:00',
  'now',
  '5',
  '2026-02-28 12:30',
  '7w',
])('a moment is not %j', (text) => expect(() => pastMoment(text, NOW)).toThrow(invalid(/is not a time/)));

test.each(['2099-01-01', '2026-03-01T12:00:01Z'])('a moment that has been is not %s', (text) =>
  expect(() => pastMoment(text, NOW)).toThrow(invalid(/has not come yet, it is 2026-03-01T12:00:00/)),
);

test('a time that was shown can be given again', () => {
  expect(pastMoment(shortTime(NOW), NOW)).toBe(NOW);
  expect(pastMoment(toMinute(NOW), NOW)).toBe(NOW);
});
