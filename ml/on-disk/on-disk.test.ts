import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scratchFile } from '../../test/harness/split-rows.ts';
import { SpilledBytes } from './bytes.ts';
import { Counts } from './counts.ts';
import { byKey } from './merge.ts';
import { SortedNumbers } from './numbers.ts';
import { Sorter } from './sorter.ts';
import { SpilledValues } from './values.ts';

const byUnits = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
// also what sorts otherwise as UTF-8: units of surrogate pairs, halves of them, and what comes after both
const text = fc.string({
  unit: fc.constantFrom('a', 'b', '\0', 'é', '\u{1f600}', '\ud800', '\uffee'),
  maxLength: 4,
});

test('entries come in the order of their keys, equal keys as they were added, from memory and from many runs', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(text, { maxLength: 300, size: 'max' }),
      fc.integer({ min: 1, max: 400 }),
      fc.boolean(),
      async (keys, run, isEnded) => {
        await using file = scratchFile();
        const sorter = new Sorter<number>(file, run);
        for (const [at, key] of keys.entries()) await sorter.add(key, at);
        if (isEnded) await sorter.end();
        const wanted = [...keys.entries()].sort(([, a], [, b]) => byUnits(a, b));
        const sorted = (await Array.fromAsync(sorter.sorted())).flat();
        expect(sorted.map(({ key, value }) => [value, key])).toEqual(wanted);
        const groups = [...Map.groupBy(wanted, ([, key]) => key)];
        expect((await Array.fromAsync(byKey(sorter.sorted()))).flat()).toEqual(
          groups.map(([key, members]) => ({ key, values: members.map(([at]) => at) })),
        );
      },
    ),
    { numRuns: 30 },
  );
});

test('of a sorter no more than a block of some runs is read at a time, however many entries there are', async () => {
  await using file = scratchFile();
  const reads: number[] = [];
  const watched = {
    append: (bytes: Uint8Array) => file.append(bytes),
    read: (offset: number, length: number) => {
      reads.push(length);
      return file.read(offset, length);
    },
  };
  const sorter = new Sorter<string>(watched, 1_000);
  for (let i = 0; i < 5_000; i++) await sorter.add(String((i * 7_919) % 5_000).padStart(4, '0'), 'x', 1);
  reads.length = 0;
  const sorted = sorter.sorted();
  await sorted.next();
  expect(reads.length).toBeLessThanOrEqual(3 * 16); // of 264 runs: those that were merged are fewer
  expect((await Array.fromAsync(sorted)).flat()).toHaveLength(4_500);
});

test('numbers come in ascending order, and are found by their place', async () => {
  const numbers = fc.array(
    fc.double({ noNaN: true }).map((value) => value + 0),
    { maxLength: 200, size: 'max' },
  );
  await fc.assert(
    fc.asyncProperty(numbers, fc.integer({ min: 1, max: 40 }), async (given, run) => {
      await using file = scratchFile();
      const sorted = new SortedNumbers(file, run);
      for (const value of given) {
        sorted.add(value);
        await sorted.spill();
      }
      const wanted = Float64Array.from(given).sort();
      const found = (await Array.fromAsync(sorted.ascending())).flatMap((chunk) => [...chunk]);
      expect(found).toEqual([...wanted]);
      expect(sorted.count).toBe(given.length);
      const places = [0, given.length >> 1, given.length - 1].filter(
        (place) => place >= 0 && place < given.length,
      );
      expect(await sorted.at(places)).toEqual(new Map(places.map((place) => [place, wanted[place]!])));
    }),
    { numRuns: 30 },
  );
});

test('texts are counted, the most frequent first, also when few of them fit into memory', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(text, { maxLength: 200, size: 'max' }), fc.nat(10), async (given, most) => {
      await using file = scratchFile();
      const counts = new Counts(file, most);
      for (const one of given) {
        counts.add(one);
        await counts.spill();
      }
      const wanted = [...Map.groupBy(given, (one) => one)]
        .map(([key, { length }]) => [key, length] as const)
        .sort(([a, many], [b, more]) => more - many || byUnits(a, b));
      expect(await counts.top(5)).toEqual({ counts: wanted.slice(0, 5), distinct: wanted.length });
    }),
    { numRuns: 30 },
  );
});

test('bytes are read as they were written, as often as one likes', async () => {
  await using file = scratchFile();
  const bytes = new SpilledBytes(file);
  const parts = ['one', '', 'two', 'x'.repeat(1 << 18), 'three'];
  for (const part of parts) await bytes.write(Buffer.from(part));
  expect(file.size).toBe(parts.slice(0, 4).join('').length);
  for (let time = 0; time < 2; time++)
    expect(String(Buffer.concat(await Array.fromAsync(bytes.stream())))).toBe(parts.join(''));
});

test('values are read in the order in which they were written, as often as one likes', async () => {
  await using file = scratchFile();
  const values = new SpilledValues<{ at: number }>(file);
  const given = Array.from({ length: 250 }, (_, at) => ({ at }));
  for (let start = 0; start < given.length; start += 60) await values.add(given.slice(start, start + 60));
  expect([values.count, file.size > 0]).toEqual([250, true]);
  for (let time = 0; time < 2; time++) expect((await Array.fromAsync(values.chunks())).flat()).toEqual(given);
});
