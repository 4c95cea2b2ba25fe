import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Claim, deal } from './dealing.ts';

const claims = (...hands: readonly (readonly number[])[]): Claim[] =>
  hands.map((shares, i) => ({ member: `m${i}`, shares, round: 1 }));

const dealt = (count: number, ...hands: readonly (readonly number[])[]) =>
  Object.fromEntries(deal(count, claims(...hands)));

test('who is alone has all', () => {
  expect(dealt(3, [])).toEqual({ m0: [0, 1, 2] });
});

test('a second member gets nothing of what the first has not let go yet, then its part', () => {
  expect(dealt(4, [0, 1, 2, 3], [])).toEqual({ m0: [0, 1], m1: [] });
  expect(dealt(4, [0, 1], [])).toEqual({ m0: [0, 1], m1: [2, 3] });
});

test('of one share, all but one stand by', () => {
  expect(dealt(1, [0], [], [])).toEqual({ m0: [0], m1: [], m2: [] });
  expect(dealt(1, [], [])).toEqual({ m0: [0], m1: [] });
});

test('what a member leaves goes to others, who keep what they have', () => {
  expect(dealt(6, [0, 1], [4, 5])).toEqual({ m0: [0, 1, 2], m1: [3, 4, 5] });
});

test('of two who claim a share, the one to whom it was dealt later has it', () => {
  const later = { member: 'later', shares: [0], round: 2 };
  const earlier = { member: 'earlier', shares: [0, 1], round: 1 };
  expect(Object.fromEntries(deal(2, [earlier, later]))).toEqual({ earlier: [1], later: [0] });
});

/** Deals again and again, each member letting go of what was not dealt to it, until nothing changes. */
function rounds(count: number, start: readonly Claim[]): Claim[][] {
  const history = [[...start]];
  for (let round = 1; ; round++) {
    const before = history.at(-1)!;
    const hands = deal(count, before);
    const after = before.map(({ member }) => ({ member, shares: hands.get(member)!, round }));
    history.push(after);
    if (after.every(({ shares }, i) => `${shares}` === `${before[i]!.shares}`)) return history;
  }
}

test('however members come and go: no share has two, in two rounds all are dealt evenly, and none moves needlessly', () =>
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.array(fc.nat(11)), { minLength: 1, maxLength: 6 }),
      (count, hands) => {
        const taken = new Set<number>();
        const start = hands.map((shares, i) => ({
          member: `m${i}`,
          round: 0,
          shares: [...new Set(shares)].filter(
            (share) => share < count && !taken.has(share) && taken.add(share),
          ),
        }));
        const history = rounds(count, start);
        expect(history.length).toBeLessThanOrEqual(4);
        for (const [before, after] of history.slice(1).map((after, i) => [history[i]!, after] as const)) {
          const all = after.flatMap(({ shares }) => shares);
          expect(new Set(all).size).toBe(all.length);
          const holder = new Map(
            before.flatMap(({ member, shares }) => shares.map((share) => [share, member])),
          );
          for (const { member, shares } of after)
            for (const share of shares) expect(holder.get(share) ?? member).toBe(member);
        }
        const sizes = history.at(-1)!.map(({ shares }) => shares.length);
        expect(sizes.reduce((a, b) => a + b)).toBe(count);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        const fair = Math.ceil(count / hands.length);
        for (const [i, { shares }] of start.entries())
          if (shares.length <= Math.floor(count / hands.length))
            expect(history.at(-1)![i]!.shares).toEqual(expect.arrayContaining([...shares]));
        expect(Math.max(...sizes)).toBeLessThanOrEqual(fair);
      },
    ),
  ));
