import { expect, test } from 'vitest';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { deciderSpec, recorded } from '../../schemas/testing.ts';
import { policyChanged } from '../../test/harness/policies.ts';
import { archived, MODEL, promoted, promotion, registered, rollback } from './fixtures.ts';
import { registrar } from './service.ts';
import type { Models } from './versions.ts';

const expired = (version: string) =>
  newEvent('VersionExpired', {
    ...{ model: MODEL, version, package: 'package', archivedAt: 0, reason: 'rule', policyVersion: 1 },
  });
/** v1.2.0 is in production after v1.1.0 and v1.0.0. */
const past: NewEvent[] = [
  ...[registered(1, 0.7), registered(2, 0.8), registered(3, 0.9)],
  ...[promoted(1, null), promoted(2, 'v1.0.0'), archived('v1.0.0')],
  ...[promoted(3, 'v1.1.0'), archived('v1.1.0')],
];
const { given } = deciderSpec(registrar);
const fold = (...events: readonly NewEvent[]): Models =>
  events.reduce<Models>((models, event, at) => registrar.evolve(models, recorded(event, at)), new Map());

test('a version whose package was deleted is neither promoted nor restored, and the reason says so', () => {
  const refused = (reason: RegExp) => [
    { type: 'PromotionRefused', data: { code: 'CONFLICT', reason: expect.stringMatching(reason) } },
  ];
  given(...past, expired('v1.0.0'))
    .when(promotion('v1.0.0', { force: true }))
    .thenMatch(...refused(/the package of v1.0.0 was deleted at .* train it again/));
  const to = { ...rollback, data: { ...rollback.data, to: 'v1.0.0' } };
  given(...past, expired('v1.0.0'))
    .when(to)
    .thenMatch(...refused(/was deleted at .* can come back with --to: v1.1.0/));
  given(...past, expired('v1.1.0'))
    .when(rollback)
    .thenMatch(...refused(/the package of v1.1.0 was deleted .* can come back with --to: v1.0.0/));
  expect(
    given(...past, expired('v1.1.0'))
      .when({ ...to })
      .decide()[0]?.type,
  ).toBe('VersionRolledBack');
});

test('the package of an archived version expires by the policy, once, and none that is needed', () => {
  expect(registrar.timers?.(fold(...past))).toEqual([]);
  const ruled = [...past, policyChanged(MODEL, 'retention: { keepLast: 0, keepFor: 2h }')];
  expect(registrar.timers?.(fold(...ruled))).toMatchObject([
    {
      dueAt: 7_200_005,
      event: { type: 'VersionExpired', data: { version: 'v1.0.0', package: 'package-1', archivedAt: 5 } },
    },
  ]);
  expect(registrar.timers?.(fold(...ruled, expired('v1.0.0')))).toEqual([]);
  const aliased = newEvent('AliasesChanged', {
    ...{ model: MODEL, aliases: { champion: 'v1.0.0' }, changes: [], reason: 'why', requestedBy: 'ada' },
    policyVersion: 1,
  });
  expect(registrar.timers?.(fold(...ruled, aliased))).toEqual([]);
});
