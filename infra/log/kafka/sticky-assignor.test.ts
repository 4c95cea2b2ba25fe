import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assignShards, type OwnedShards } from './sticky-assignor.ts';

const members = (...owned: readonly (readonly number[])[]): OwnedShards[] =>
  owned.map((shards, i) => ({ memberId: `m${i}`, shards, generation: 1 }));

const assigned = (count: number, ...owned: readonly (readonly number[])[]) =>
  Object.fromEntries(assignShards(count, members(...owned)));

test('a single member gets all shards', () => {
  expect(assigned(3, [])).toEqual({ m0: [0, 1, 2] });
});

test('a second member gets no shard that the first has not revoked yet, then its half', () => {
  expect(assigned(4, [0, 1, 2, 3], [])).toEqual({ m0: [0, 1], m1: [] });
  expect(assigned(4, [0, 1], [])).toEqual({ m0: [0, 1], m1: [2, 3] });
});

test('with one shard, all members but one are standbys', () => {
  expect(assigned(1, [0], [], [])).toEqual({ m0: [0], m1: [], m2: [] });
  expect(assigned(1, [], [])).toEqual({ m0: [0], m1: [] });
});

test('the shards of a member that left go to the others, which keep their own', () => {
  expect(assigned(6, [0, 1], [4, 5])).toEqual({ m0: [0, 1, 2], m1: [3, 4, 5] });
});

test('of two members that claim a shard, the later generation owns it', () => {
  const later = { memberId: 'later', shards: [0], generation: 2 };
  const earlier = { memberId: 'earlier', shards: [0, 1], generation: 1 };
  expect(Object.fromEntries(assignShards(2, [earlier, later]))).toEqual({ earlier: [1], later: [0] });
});

/** Rebalances, each member revoking what it was not assigned, until nothing changes: the members by generation. */
function rebalances(count: number, start: readonly OwnedShards[]): OwnedShards[][] {
  const history = [[...start]];
  for (let generation = 1; ; generation++) {
    const before = history.at(-1)!;
    const assignment = assignShards(count, before);
    const after = before.map(({ memberId }) => ({
      memberId,
      shards: assignment.get(memberId)!,
      generation,
    }));
    history.push(after);
    if (after.every(({ shards }, i) => `${shards}` === `${before[i]!.shards}`)) return history;
  }
}

test('whatever members own: no shard has two owners, two rebalances assign all evenly, and no shard moves needlessly', () =>
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.array(fc.nat(11)), { minLength: 1, maxLength: 6 }),
      (count, owned) => {
        const taken = new Set<number>();
        const start = owned.map((shards, i) => ({
          memberId: `m${i}`,
          generation: 0,
          shards: [...new Set(shards)].filter(
            (shard) => shard < count && !taken.has(shard) && taken.add(shard),
          ),
        }));
        const history = rebalances(count, start);
        expect(history.length).toBeLessThanOrEqual(4);
        for (const [before, after] of history.slice(1).map((after, i) => [history[i]!, after] as const)) {
          const all = after.flatMap(({ shards }) => shards);
          expect(new Set(all).size).toBe(all.length);
          const holder = new Map(
            before.flatMap(({ memberId, shards }) => shards.map((shard) => [shard, memberId])),
          );
          for (const { memberId, shards } of after)
            for (const shard of shards) expect(holder.get(shard) ?? memberId).toBe(memberId);
        }
        const sizes = history.at(-1)!.map(({ shards }) => shards.length);
        expect(sizes.reduce((a, b) => a + b)).toBe(count);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        const fair = Math.ceil(count / owned.length);
        for (const [i, { shards }] of start.entries())
          if (shards.length <= Math.floor(count / owned.length))
            expect(history.at(-1)![i]!.shards).toEqual(expect.arrayContaining([...shards]));
        expect(Math.max(...sizes)).toBeLessThanOrEqual(fair);
      },
    ),
  ));
