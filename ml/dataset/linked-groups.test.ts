import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type LinkedGroups, Linking } from './linked-groups.ts';

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

/**
 * Links samples by names that are all in memory, from the rarest to the most frequent, as `services/sealer/linked.ts` does on the disk.
 *
 * @param names of each sample; one without any is a group of its own
 * @param limit samples of a group at most
 */
function linkedGroups(names: readonly (readonly string[])[], limit: number): LinkedGroups {
  const linking = new Linking(names.length, limit);
  for (const samples of byRarity(names)) linking.link(samples);
  return linking.groups();
}

/** The samples of each name, those of the rarest name first. */
function byRarity(names: readonly (readonly string[])[]): number[][] {
  const samples = new Map<string, number[]>();
  for (const [sample, own] of names.entries()) {
    for (const name of new Set(own)) {
      const known = samples.get(name);
      if (known) known.push(sample);
      else samples.set(name, [sample]);
    }
  }
  return [...samples]
    .filter(([, own]) => own.length > 1)
    .sort(([a, one], [b, other]) => one.length - other.length || (a < b ? -1 : 1))
    .map(([, own]) => own);
}
