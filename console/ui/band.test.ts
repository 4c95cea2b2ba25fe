import { expect, test } from 'vitest';
import { type Change, stretchAt, stretches } from './band.ts';

const change = (kind: string, version: string, day: string): Change => ({
  change: kind,
  version,
  instant: `2025-${day}T00:00:00.000Z`,
  reason: null,
  requestedBy: null,
  eventId: `${version} ${day}`,
});

/** newest first */
const changes = [
  change('retired', 'v1.0.0', '04-01'),
  change('rolled_back', 'v1.0.0', '03-01'),
  change('promoted', 'v1.1.0', '02-01'),
  change('archived', 'v1.0.0', '02-01'),
  change('registered', 'v1.1.0', '01-20'),
  change('promoted', 'v1.0.0', '01-01'),
];

test('a version is in production until the next one is, or the model is retired', () => {
  const found = stretches(changes);
  expect(found.map(({ version }) => version)).toEqual(['v1.0.0', 'v1.1.0', 'v1.0.0']);
  expect(found.map(({ to }) => to && new Date(to).toISOString().slice(5, 10))).toEqual([
    '02-01',
    '03-01',
    '04-01',
  ]);
});

test('at an instant one version answers, or none', () => {
  const found = stretches(changes);
  expect(stretchAt(found, Date.parse('2025-02-01'))?.version).toBe('v1.1.0');
  expect(stretchAt(found, Date.parse('2025-03-15'))?.version).toBe('v1.0.0');
  expect(stretchAt(found, Date.parse('2025-05-01'))).toBeUndefined();
  expect(stretchAt(found, Date.parse('2024-12-31'))).toBeUndefined();
});
