import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Claim, deal } from './dealing.ts';

const claims = (...hands: readonly (readonly number[])[]): Claim[] =>
  hands.map((shards, i) => ({ member: `m${i}`, shards, round: 1 }));

const dealt = (count: number, ...hands: readonly (readonly number[])[]) =>
  Object.fromEntries(deal(count, claims(...hands)));

test('who is alone has all', () => {
  expect(dealt(3, [])).toEqual({ m0: [0, 1, 2] });
});

test('a second member gets nothing of what the first has not let go yet, then its part', () => {
  expect(dealt(4, [0, 1, 2, 3], [])).toEqual({ m0: [0, 1], m1: [] });
  expect(dealt(4, [0, 1], [])).toEqual({ m0: [0, 1], m1: [2, 3] });
});

test('of one shard, all but one stand by', () => {
  expect(dealt(1, [0], [], [])).toEqual({ m0: [0], m1: [], m2: [] });
  expect(dealt(1, [], [])).toEqual({ m0: [0], m1: [] });
});

test('what a member leaves goes to others, who keep what they have', () => {
  expect(dealt(6, [0, 1], [4, 5])).toEqual({ m0: [0, 1, 2], m1: [3, 4, 5] });
});

test('of two who claim a shard, the one to whom it was dealt later has it', () => {
  const later = { member: 'later', shards: [0], round: 2 };
  const earlier = { member: 'earlier', shards: [0, 1], round: 1 };
  expect(Object.fromEntries(deal(2, [earlier, later]))).toEqual({ earlier: [1], later: [0] });
});

/** Deals again and again, each member letting go of what was not dealt to it, until nothing changes. */
function rounds(count: number, start: readonly Claim[]): Claim[][] {
  const history = [[...start]];
  for (let round = 1; ; round++) {
    const before = history.at(-1)!;
    const hands = deal(count, before);
    const after = before.map(({ member }) => ({ member, shards: hands.get(member)!, round }));
    history.push(after);
    if (after.every(({ shards }, i) => `${shards}` === `${before[i]!.shards}`)) return history;
  }
}

test('however members come and go: no shard has two, in two rounds all are dealt evenly, and none moves needlessly', () =>
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.array(fc.nat(11)), { minLength: 1, maxLength: 6 }),
      (count, hands) => {
        const taken = new Set<number>();
        const start = hands.map((shards, i) => ({
          member: `m${i}`,
          round: 0,
          shards: [...new Set(shards)].filter(
            (shard) => shard < count && !taken.has(shard) && taken.add(shard),
          ),
        }));
        const history = rounds(count, start);
        expect(history.length).toBeLessThanOrEqual(4);
        for (const [before, after] of history.slice(1).map((after, i) => [history[i]!, after] as const)) {
          const all = after.flatMap(({ shards }) => shards);
          expect(new Set(all).size).toBe(all.length);
          const holder = new Map(
            before.flatMap(({ member, shards }) => shards.map((shard) => [shard, member])),
          );
          for (const { member, shards } of after)
            for (const shard of shards) expect(holder.get(shard) ?? member).toBe(member);
        }
        const sizes = history.at(-1)!.map(({ shards }) => shards.length);
        expect(sizes.reduce((a, b) => a + b)).toBe(count);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        const fair = Math.ceil(count / hands.length);
        for (const [i, { shards }] of start.entries())
          if (shards.length <= Math.floor(count / hands.length))
            expect(history.at(-1)![i]!.shards).toEqual(expect.arrayContaining([...shards]));
        expect(Math.max(...sizes)).toBeLessThanOrEqual(fair);
      },
    ),
  ));
