import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linkedGroups } from './linked-groups.ts';

const NAMES = [['ada', 'bob'], ['bob', 'cyd'], ['dan'], ['eve', 'cyd'], [], ['dan']];

test('samples that are linked by names are one group; one without names is its own', () => {
  expect([...linkedGroups(NAMES, 6).groupOf]).toEqual([0, 0, 2, 0, 4, 2]);
});

test('a link that would make a group larger than the limit is left out, that of the most frequent name first', () => {
  const names = [['hub', 'a'], ['hub', 'a'], ['hub', 'b'], ['hub', 'b'], ['hub']];
  expect([...linkedGroups(names, 5).groupOf]).toEqual([0, 0, 0, 0, 0]);
  expect([...linkedGroups(names, 3).groupOf]).toEqual([0, 0, 2, 2, 2]);
  expect([...linkedGroups(names, 1).groupOf]).toEqual([0, 1, 2, 3, 4]);
});

const names = fc.array(fc.array(fc.constantFrom(...'abcdefghij'), { maxLength: 3 }), { maxLength: 40 });

test('no group is larger than the limit; without a limit no name is in two groups', () => {
  fc.assert(
    fc.property(names, fc.integer({ min: 1, max: 40 }), (given, limit) => {
      const { groupOf } = linkedGroups(given, limit);
      const groups = Map.groupBy(given.keys(), (sample) => groupOf[sample]!);
      for (const [group, members] of groups) {
        expect(members.length).toBeLessThanOrEqual(limit);
        expect(Math.min(...members)).toBe(group);
      }
      const whole = linkedGroups(given, given.length).groupOf;
      const byName = Map.groupBy(
        given.flatMap((own, sample) => own.map((name) => ({ name, sample }))),
        ({ name }) => name,
      );
      for (const links of byName.values())
        expect(new Set(links.map(({ sample }) => whole[sample])).size).toBe(1);
    }),
    { numRuns: 100 },
  );
});
