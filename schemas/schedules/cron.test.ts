import { describe, expect, test } from 'vitest';
import { assertDue, nextDue, nextDues } from './cron.ts';

const at = (text: string) => Date.parse(text);
const iso = (time: number) => new Date(time).toISOString();
const BERLIN = 'Europe/Berlin';

describe('due times', () => {
  test('are those of the clock on the wall in the time zone', () => {
    const weekly = { cron: '0 6 * * 1', timeZone: BERLIN };
    expect(nextDues(weekly, at('2026-03-20T00:00:00Z'), 2).map(iso)).toEqual([
      '2026-03-23T05:00:00.000Z',
      '2026-03-30T04:00:00.000Z', // summer time
    ]);
  });

  test('in an hour that summer time leaves out come in the next; in one that comes twice, once', () => {
    const nightly = { cron: '30 2 * * *', timeZone: BERLIN };
    expect(nextDues(nightly, at('2026-03-28T12:00:00Z'), 2).map(iso)).toEqual([
      '2026-03-29T01:00:00.000Z',
      '2026-03-30T00:30:00.000Z',
    ]);
    expect(nextDues(nightly, at('2026-10-24T12:00:00Z'), 2).map(iso)).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ]);
  });

  test('come after a moment, not at it', () => {
    const daily = { cron: '@daily', timeZone: 'UTC' };
    expect(nextDue(daily, at('2026-01-01T00:00:00Z'))).toBe(at('2026-01-02T00:00:00Z'));
  });
});

describe.each([
  ['0 0 30 2 *', 'UTC', /never comes due/],
  ['61 * * * *', 'UTC', /no cron expression.*minute: 61/],
  ['* * * * * *', 'UTC', /no cron expression: it has 6 fields\. One has five fields/],
  ['0 6 * *', 'UTC', /no cron expression: it has 4 fields\. One has five fields/],
  ['soon', 'UTC', /no cron expression/],
  ['0 6 * * 1', 'Mars/Olympus', /no time zone 'Mars\/Olympus'.*Europe\/Berlin/],
])('%s in %s', (cron, timeZone, message) => {
  test('is refused, with what to write', () =>
    expect(() => assertDue({ cron, timeZone }, 0)).toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID', message: expect.stringMatching(message) }),
    ));
});
