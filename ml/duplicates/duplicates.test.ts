import { describe, expect, test } from 'vitest';
import { seededRandom } from '../random.ts';
import { bandsFor, signatureOf, sketchOf } from './minhash.ts';
import { emptyExtent, type Kept, NearDuplicates, type Parts, type Rule } from './near-duplicates.ts';
import { jaccard, shinglesOf } from './shingles.ts';

function randomWords(seed: number, count: number): string[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => `w${Math.floor(random() * 1e9).toString(36)}`);
}

/** Two sets of `size` numbers that have `shared` of them in common. */
function sets(seed: number, size: number, shared: number): [Uint32Array, Uint32Array] {
  const all = shinglesOf(randomWords(seed, 2 * size - shared + 2).join(' '));
  const mixed = [...all].sort(
    (a, b) => (Math.imul(a, 2_654_435_761) >>> 0) - (Math.imul(b, 2_654_435_761) >>> 0),
  );
  return [Uint32Array.from(mixed.slice(0, size)).sort(), Uint32Array.from(mixed.slice(-size)).sort()];
}

interface Held extends Parts {
  readonly texts: Map<string, Kept>;
  readonly numbers: Map<string, number>;
  readonly runs: Map<string, Uint32Array>;
}
const emptyParts = (): Held => ({
  texts: new Map(),
  numbers: new Map(),
  runs: new Map(),
  extent: emptyExtent(),
});
const RULE: Rule = { similarity: 0.8, window: null };

describe('shingles', () => {
  test('do not depend on case, punctuation and white space, but on the order of words', () => {
    const text = shinglesOf('The log, once written, is never changed.');
    expect(text).toHaveLength(5);
    expect(shinglesOf('the LOG once\nwritten is -- never changed')).toEqual(text);
    expect(shinglesOf('the once log written is never changed')).not.toEqual(text);
  });

  test.each([
    ['', 0],
    ['?! …', 0],
    ['one', 1],
    ['one two', 1],
    ['one two three', 1],
    ['one two three four', 2],
    ['a b c a b c a b c', 3], // each once
    ['日本語の文', 3], // no spaces between words: each character is one
    ['naïve Größe 𝒙 d’accord', 3],
  ])('of %j: %i', (text, count) => {
    expect(shinglesOf(text)).toHaveLength(count);
  });

  test('are sorted, each once', () => {
    const shingles = shinglesOf(randomWords(1, 500).join(' '));
    expect(shingles).toHaveLength(498);
    expect([...shingles]).toEqual([...new Set(shingles)].sort((a, b) => a - b));
  });
});

describe('similarity', () => {
  test.each([
    [100, 100, 1],
    [100, 50, 50 / 150],
    [100, 0, 0],
  ])('of two sets of %i with %i in common is exact', (size, shared, expected) => {
    expect(jaccard(...sets(7, size, shared))).toEqual({ value: expected, isEstimate: false });
  });

  test('of large sets is estimated by their smallest hashes: within 4 standard errors', () => {
    const [size, kept, similarity] = [9_000, 2_048, 0.8];
    const shared = Math.round((2 * size * similarity) / (1 + similarity));
    const [a, b] = sets(3, size, shared);
    const { value, isEstimate } = jaccard(a.slice(0, kept), b.slice(0, kept), true);
    expect(isEstimate).toBe(true);
    expect(Math.abs(value - similarity)).toBeLessThan(4 * Math.sqrt((similarity * (1 - similarity)) / kept));
  });

  test('is estimated without bias by the places in which signatures are equal', () => {
    const places = 156;
    for (const similarity of [0.2, 0.5, 0.8]) {
      const shared = Math.round((2 * 160 * similarity) / (1 + similarity));
      const exact = shared / (320 - shared);
      let equal = 0;
      for (let seed = 0; seed < 40; seed++) {
        const [a, b] = sets(seed, 160, shared).map((set) => signatureOf(set, places)) as [
          Int32Array,
          Int32Array,
        ];
        equal += a.filter((value, place) => value === b[place]).length;
      }
      const error = Math.sqrt((exact * (1 - exact)) / (40 * places));
      expect(Math.abs(equal / (40 * places) - exact)).toBeLessThan(4 * error);
    }
  });
});

test.each([0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1])(
  'bands miss at most 0.5 %% of the pairs at a similarity of %d',
  (similarity) => {
    const { count, rows } = bandsFor(similarity);
    expect((1 - similarity ** rows) ** count).toBeLessThanOrEqual(0.005);
    expect(count * rows).toBeLessThanOrEqual(156);
  },
);

describe('near-duplicates', () => {
  test('of 300 pairs at a similarity of 0.8 to 0.9, at least 98 % are found; of 300 unrelated texts none', () => {
    const index = new NearDuplicates(RULE, emptyParts());
    const texts = Array.from({ length: 300 }, (_, seed) => randomWords(seed, 120));
    texts.forEach((text, at) => {
      const sketch = index.sketch(text.join(' '))!;
      expect(index.nearest(sketch, null)).toBeUndefined();
      index.add(String(at), sketch, null);
    });
    const found = texts.filter((text, at) => {
      const changes = 2 + (at % 2) * 2; // 2 or 4 words: 6 or 12 of 118 shingles
      const copy = Array.from({ length: changes }, (_, of) => 10 + of * 25).reduce<string[]>(
        (words, place) => words.with(place, 'other'),
        text,
      );
      const match = index.nearest(index.sketch(copy.join(' '))!, null);
      return match?.id === String(at) && match.similarity >= 0.8;
    });
    expect(found.length).toBeGreaterThanOrEqual(294);
  });

  test('what is removed leaves nothing behind', () => {
    const parts = emptyParts();
    const index = new NearDuplicates(RULE, parts, { runTexts: 8 });
    for (let id = 0; id < 20; id++)
      index.add(String(id), index.sketch(randomWords(id % 5, 50).join(' '))!, id);
    index.remove('3');
    index.add('3', index.sketch(randomWords(77, 50).join(' '))!, 99);
    for (let id = 0; id < 20; id++) index.remove(String(id));
    index.remove('never added');
    expect([parts.texts.size, parts.numbers.size]).toEqual([0, 0]);
    for (let id = 0; id < 5; id++)
      expect(index.nearest(index.sketch(randomWords(id, 50).join(' '))!, id)).toBeUndefined();
    for (let id = 0; id < 6; id++)
      index.add(`next ${id}`, index.sketch(randomWords(78 + id, 50).join(' '))!, 100);
    expect([...parts.runs.keys()].filter((key) => /^[01]\//.test(key))).toEqual([]); // runs without a text that counts
  });

  test('what is older than the window is forgotten; what came first, where there are too many', () => {
    const day = 86_400_000;
    const inWindow = emptyParts();
    const windowed = new NearDuplicates({ similarity: 0.8, window: 10 * day }, inWindow, { runTexts: 8 });
    const bounded = emptyParts();
    const few = new NearDuplicates(RULE, bounded, { maxTexts: 25, runTexts: 8 });
    for (let at = 0; at < 200; at++) {
      const sketch = windowed.sketch(randomWords(at, 40).join(' '))!;
      windowed.add(String(at), sketch, at * day);
      few.add(String(at), sketch, null);
    }
    const inOrder = Array.from({ length: 11 }, (_, at) => String(189 + at));
    expect([...inWindow.texts.values()].map(({ id }) => id)).toEqual(inOrder);
    expect([...inWindow.numbers.keys()]).toEqual(inOrder);
    expect(bounded.texts.size).toBe(25);
    const pages = ({ runs }: Held) => new Set([...runs.keys()].map((key) => key.split('/')[0]));
    expect([...pages(inWindow)]).toEqual(['23', '24']); // of texts 184 to 199
    expect([...pages(bounded)]).toEqual(['21', '22', '23', '24']); // 168 to 199
  });

  test('of texts that share a band only the newest 32 are kept as candidates', () => {
    const parts = emptyParts();
    const index = new NearDuplicates(RULE, parts);
    const sketch = index.sketch(randomWords(5, 60).join(' '))!;
    for (let id = 0; id < 100; id++) index.add(String(id), sketch, null);
    expect(index.nearest(sketch, null)).toEqual({ id: '68', similarity: 1, isEstimate: false });
    for (let id = 90; id < 100; id++) index.remove(String(id));
    expect(index.nearest(sketch, null)).toEqual({ id: '58', similarity: 1, isEstimate: false });
  });

  test.each([1, 8, 50])(
    'are found alike, however many texts a run has and whenever it is read again: %i',
    (runTexts) => {
      const parts = emptyParts();
      const random = seededRandom(runTexts);
      const kept = new Map<string, { text: string[]; time: number }>();
      let index = new NearDuplicates(RULE, parts, { runTexts });
      for (let time = 0; time < 150; time++) {
        if (random() < 0.2) index = new NearDuplicates(RULE, parts, { runTexts });
        const id = String(Math.floor(random() * 90));
        if (random() < 0.3) {
          index.remove(id);
          kept.delete(id);
          continue;
        }
        const base = randomWords(Math.floor(random() * 8), 60);
        const text = base.with(Math.floor(random() * 60), 'other');
        const sketch = index.sketch(text.join(' '))!;
        const near = [...kept]
          .map(([other, { text: words }]) => ({ id: other, sketch: index.sketch(words.join(' '))! }))
          .filter(
            ({ id: other, sketch: { bands } }) =>
              other !== id && bands.some((band) => sketch.bands.includes(band)),
          )
          .map(({ id: other, sketch: { shingles } }) => ({
            id: other,
            ...jaccard(sketch.shingles, shingles),
          }))
          .filter(({ value }) => value >= RULE.similarity)
          .sort((a, b) => b.value - a.value || (a.id < b.id ? -1 : 1));
        const found = index.nearest(sketch, time, id);
        expect(found && [found.id, found.similarity]).toEqual(near[0] && [near[0].id, near[0].value]);
        index.remove(id);
        index.add(id, sketch, time);
        kept.set(id, { text, time });
      }
      expect(parts.texts.size).toBe(kept.size);
      expect(parts.numbers.size).toBe(kept.size);
    },
  );

  test('of a long text a sample is kept, and says so', () => {
    const text = randomWords(9, 20_000);
    const sketch = sketchOf(text.join(' '), bandsFor(0.8))!;
    expect(sketch).toMatchObject({ isSampled: true, shingles: { length: 2_048 } });
    const index = new NearDuplicates(RULE, emptyParts());
    index.add('1', sketch, null);
    const copy = index.sketch(text.with(5_000, 'other').join(' '))!;
    expect(index.nearest(copy, null)).toMatchObject({ id: '1', isEstimate: true });
  });

  test('a text without words is like no other', () => {
    expect(sketchOf(' !? ', bandsFor(0.8))).toBeUndefined();
  });
});
