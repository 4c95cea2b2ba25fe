import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SPLITS, type Split } from '../../ml/dataset/format.ts';
import { type Assignment, byId, rowsOf, scratchFile } from '../../test/harness/split-rows.ts';
import { apportion, type Fractions, splitAtRandom } from './split.ts';

const tenths: Fractions = { train: 0.8, validation: 0.1, test: 1 - 0.8 - 0.1 };
const none: Assignment = new Map();

const shares = fc
  .tuple(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 100 }))
  .map(([a, b, c]): Fractions => {
    const [train, validation] = [a / (a + b + c), b / (a + b + c)];
    return { train, validation, test: 1 - train - validation };
  });
/** The splits of samples of one class, by id. */
async function splitClass(given: readonly string[], kept: Assignment, parts: Fractions, seed: number) {
  await using file = scratchFile();
  const rows = rowsOf(
    given.map((id) => ({ id, target: 'a', group: null, time: null })),
    kept,
  );
  const splits = rows.kept.slice();
  await splitAtRandom(rows, splits, parts, seed, file);
  return byId(rows, splits);
}
const ids = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 80 });
const seed = fc.integer();
const count = (assignment: Assignment, split: Split) =>
  [...assignment.values()].filter((s) => s === split).length;

describe('apportioning', () => {
  test.each([
    [10, { train: 8, validation: 1, test: 1 }],
    [14, { train: 11, validation: 2, test: 1 }],
    [1_200, { train: 960, validation: 120, test: 120 }],
    [0, { train: 0, validation: 0, test: 0 }],
  ])('%i in 80, 10 and 10 %%', (size, parts) => {
    expect(apportion(size, tenths)).toEqual(parts);
  });

  test.each([[[80, 10]], [[70, 15]], [[60, 30]]] as const)(
    'serves the earlier split first of equal remainders: %j of a hundred',
    ([train, validation]) => {
      const hundredths = [train, validation, 100 - train - validation];
      const shares = {
        train: train / 100,
        validation: validation / 100,
        test: 1 - train / 100 - validation / 100,
      };
      for (let size = 0; size <= 2_000; size++) {
        const parts = hundredths.map((part) => Math.floor((part * size) / 100));
        const remainders = hundredths.map((part, split) => ({ split, remainder: (part * size) % 100 }));
        const left = size - parts.reduce((sum, part) => sum + part);
        const first = remainders.toSorted((a, b) => b.remainder - a.remainder).slice(0, left);
        for (const { split } of first) parts[split]! += 1;
        expect(Object.values(apportion(size, shares)), `of ${size}`).toEqual(parts);
      }
    },
  );

  test('rounds every share up or down, to the whole', () => {
    fc.assert(
      fc.property(fc.nat(100_000), shares, (size, given) => {
        const parts = apportion(size, given);
        expect(parts.train + parts.validation + parts.test).toBe(size);
        for (const split of SPLITS) expect(Math.abs(parts[split] - size * given[split])).toBeLessThan(1);
      }),
    );
  });
});

describe('the split of a class', () => {
  test('gives every sample one split, and every split its fraction', async () => {
    await fc.assert(
      fc.asyncProperty(ids, shares, seed, async (given, parts, s) => {
        const assignment = await splitClass(given, none, parts, s);
        expect([...assignment.keys()].sort()).toEqual([...given].sort());
        expect(Object.fromEntries(SPLITS.map((split) => [split, count(assignment, split)]))).toEqual(
          apportion(given.length, parts),
        );
      }),
    );
  });

  test('does not depend on the order in which samples came', async () => {
    const orders = ids.chain((given) =>
      fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length })),
    );
    await fc.assert(
      fc.asyncProperty(orders, shares, seed, async ([given, shuffled], parts, s) => {
        expect(await splitClass(shuffled, none, parts, s)).toEqual(await splitClass(given, none, parts, s));
      }),
    );
  });

  test('moves no sample when it is extended, and still fills the shares', async () => {
    await fc.assert(
      fc.asyncProperty(ids, fc.nat(80), shares, seed, seed, async (given, cut, parts, first, second) => {
        const before = await splitClass(given.slice(0, cut), none, parts, first);
        const after = await splitClass(given, before, parts, second);
        expect(after.size).toBe(given.length);
        for (const [id, split] of before) expect(after.get(id)).toBe(split);
        for (const split of SPLITS) {
          expect(Math.abs(count(after, split) - given.length * parts[split])).toBeLessThan(2);
        }
      }),
    );
  });

  test('keeps its samples when the shares change, whatever that does to the shares', async () => {
    await fc.assert(
      fc.asyncProperty(ids, fc.nat(80), shares, shares, seed, async (given, cut, old, parts, s) => {
        const before = await splitClass(given.slice(0, cut), none, old, s);
        const after = await splitClass(given, before, parts, s);
        expect(after.size).toBe(given.length);
        for (const [id, split] of before) expect(after.get(id)).toBe(split);
      }),
    );
  });

  test('is another one with another seed', async () => {
    const given = Array.from({ length: 100 }, (_, i) => String(i));
    expect(await splitClass(given, none, tenths, 1)).not.toEqual(await splitClass(given, none, tenths, 2));
  });

  test('is this one for ever', async () => {
    const assignment = await splitClass(
      ['a', 'b', 'c', 'd', 'e'],
      none,
      { train: 0.6, validation: 0.2, test: 0.2 },
      42,
    );
    expect(Object.fromEntries(assignment)).toEqual({
      d: 'test',
      e: 'validation',
      a: 'train',
      b: 'train',
      c: 'train',
    });
  });
});
