import { describe, expect, test } from 'vitest';
import { monitorKinds } from '../../ml/monitors.ts';
import { DEFAULT_POLICY, parsePolicy } from './policy.ts';

const parsed = (file: string) => parsePolicy('p.yaml', file, 'classification').monitors ?? [];
const byKind = (file: string) => new Map(parsed(file).map((monitor) => [monitor.kind, monitor]));

test('a file says what differs, kind by kind; null takes a monitor away', () => {
  const defaults = new Map(DEFAULT_POLICY.monitors.map((monitor) => [monitor.kind, monitor]));
  const monitors = byKind(
    'monitors: { age: null, latency: { limit: 500 }, lowConfidence: { confidence: 0.6 } }',
  );
  expect(monitors.has('age')).toBe(false);
  expect(monitors.get('latency')).toEqual({ ...defaults.get('latency'), limit: 500 });
  expect(monitors.get('lowConfidence')).toEqual({
    ...defaults.get('lowConfidence'),
    options: { confidence: '0.6' },
  });
  expect(monitors.get('errorRate')).toEqual(defaults.get('errorRate'));
});

test('a limit that moves leaves the clear bound of the base behind', () =>
  expect(byKind('monitors: { latency: { limit: 500, clear: 450 } }').get('latency')).toMatchObject({
    clear: 450,
  }));

test('the default policy watches kinds that there are', () => {
  expect(DEFAULT_POLICY.monitors.length).toBeGreaterThan(5);
  for (const { kind } of DEFAULT_POLICY.monitors) expect(monitorKinds()).toContain(kind);
});

describe('refused, with the line and what to do, is', () => {
  test.each([
    [
      'a kind that there is not',
      '{ latncy: { limit: 3 } }',
      /p\.yaml:2: monitors\.latncy is no kind of monitor: did you mean latency\?/,
    ],
    [
      'a limit that is no number',
      '{ latency: { limit: fast } }',
      /p\.yaml:2: monitors\.latency\.limit must be a number, .*not "fast"/,
    ],
    ['a number that is no duration', '{ age: { limit: 3 } }', /monitors\.age\.limit .*such as 30d/],
    ['a share above 1', '{ errorRate: { limit: 5 } }', /monitors\.errorRate\.limit takes at most 1, not 5/],
    [
      'an unknown key',
      '{ latency: { windw: 5m } }',
      /monitors\.latency\.windw is not known; did you mean window\?/,
    ],
    [
      'an option of another kind',
      '{ latency: { confidence: 0.5 } }',
      /monitors\.latency\.confidence is not known/,
    ],
    ['a method that there is not', '{ conceptDrift: { method: kswin } }', /conceptDrift\.method .*adwin/],
    [
      'a clear bound beyond the limit',
      '{ errorRate: { clear: 0.5 } }',
      /errorRate\.clear must be at most the limit, 0\.05/,
    ],
    [
      'a clear bound below a minimum',
      '{ volume: { clear: 0.1 } }',
      /volume\.clear must be at least the limit, 0\.2/,
    ],
    [
      'a monitor of groups without the column',
      '{ rateParity: { limit: 0.1 } }',
      /rateParity\.group is missing/,
    ],
    [
      'a monitor of its own without a limit',
      '{ rateParity: { group: plan } }',
      /rateParity\.limit is missing/,
    ],
    ['no map', '{ latency: 5 }', /monitors\.latency must be an object, not 5/],
    ['a severity that there is not', '{ latency: { severity: high } }', /latency\.severity .*warning/],
  ])('%s', (_, monitors, message) =>
    expect(() => parsed(`# policy\nmonitors: ${monitors}`)).toThrow(message),
  );
});
