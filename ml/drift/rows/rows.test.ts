import { describe, expect, test } from 'vitest';
import { type Random, seededRandom } from '../../random.ts';
import { domainTest } from './domain.ts';
import { matrixOf, type Row } from './encode.ts';
import { bitsOf, SKETCH_BITS, SKETCH_FEATURE, wordSketch } from './sketch.ts';
import { vocabularyTest } from './vocabulary.ts';

const rows = (count: number, row: (random: Random) => Row, random: Random): Row[] =>
  Array.from({ length: count }, () => row(random));
const plan =
  (free: number, age = 40) =>
  (random: Random): Row => ({ plan: random() < free ? 'free' : 'paid', age: age + 20 * random() });

/** A text of ten of sixty words, those from `first` on more often. */
const text =
  (first: number) =>
  (random: Random): Row => {
    const words = Array.from({ length: 10 }, () => `word${Math.floor(first + random() ** 2 * 60)}`);
    return { [SKETCH_FEATURE]: wordSketch(words.join(' ')) };
  };
const sketches = (of: readonly Row[]) => of.map((row) => bitsOf(String(row[SKETCH_FEATURE])));

describe('a sketch', () => {
  test('has a bit for each word, whatever their order, case and number', () => {
    const sketch = wordSketch('Logs of epochs: logs!');
    expect(sketch).toBe(wordSketch('EPOCHS of logs'));
    expect(bitsOf(sketch)).toHaveLength(3);
    expect(Buffer.from(sketch, 'base64')).toHaveLength(SKETCH_BITS / 8);
    expect(bitsOf(wordSketch(''))).toHaveLength(0);
  });

  test('never changes: windows are compared with references of long ago', () =>
    expect([...bitsOf(wordSketch('drift größe 数据'))]).toMatchInlineSnapshot(`
      [
        68,
        713,
        939,
      ]
    `));

  test('that is none has no bits, and one that is too long none beyond its end', () => {
    expect(bitsOf('')).toHaveLength(0);
    const long = bitsOf(Buffer.alloc(4_000, 255).toString('base64'));
    expect(long).toHaveLength(SKETCH_BITS);
  });
});

test('rows become bins, values and bits; a feature that one side never has is left out', () => {
  const reference = [{ plan: 'free', age: 1, old: 3 }, { age: 2 }];
  const { rows, columns, offsets, indices } = matrixOf(reference, [{ plan: 'paid' }, { age: 1 }]);
  expect([rows, [...offsets]]).toEqual([4, [0, 2, 4, 6, 8]]);
  expect(Math.max(...indices)).toBeLessThan(columns);
  expect(indices[0]).toBe(indices[6]); // both are 1 year old
  expect(indices[3]).toBe(indices[7]); // both have no plan
});

describe('the domain classifier', () => {
  test('cannot tell what is alike', () => {
    const random = seededRandom(1);
    const { auroc, expected, pValue } = domainTest(
      rows(300, plan(0.5), random),
      rows(300, plan(0.5), random),
      random,
    );
    expect(auroc).toBeGreaterThan(0.42);
    expect(auroc).toBeLessThan(0.58);
    expect(expected).toBeCloseTo(0.5, 1);
    expect(pValue).toBeGreaterThan(0.01);
  });

  test.each([
    ['a category', plan(0.8), 0.6, 0.7],
    ['a number', plan(0.5, 50), 0.7, 0.9],
    ['what is missing', (random: Random): Row => (random() < 0.5 ? {} : plan(0.5)(random)), 0.6, 0.8],
  ])('tells a change of %s', (_, changed, from, to) => {
    const random = seededRandom(2);
    const tested = domainTest(rows(300, plan(0.5), random), rows(300, changed, random), random);
    expect(tested.auroc).toBeGreaterThan(from);
    expect(tested.auroc).toBeLessThan(to);
    expect(tested.pValue).toBeLessThan(1e-5);
    expect(tested.scores).toHaveLength(600);
  });

  test('says the same for a seed', () => {
    const [a, b] = [1, 1].map(() => {
      const random = seededRandom(3);
      return domainTest(rows(60, plan(0.5), random), rows(60, plan(0.6), random), random);
    });
    expect(a).toEqual(b);
  });

  test('takes rows that are all alike', () => {
    const same = Array.from({ length: 60 }, () => ({ plan: 'free' }));
    expect(domainTest(same, same, seededRandom(1))).toMatchObject({ auroc: 0.5, expected: 0.5, pValue: 1 });
  });
});

describe('the vocabulary', () => {
  test('differs as chance makes it when nothing drifts, and more when words change', () => {
    const random = seededRandom(4);
    const reference = sketches(rows(300, text(0), random));
    const alike = vocabularyTest(reference, sketches(rows(200, text(0), random)), random);
    expect(alike.pValue).toBeGreaterThan(0.01);
    expect(alike.psi / alike.expected).toBeGreaterThan(0.5);
    expect(alike.psi / alike.expected).toBeLessThan(1.5);
    const moved = vocabularyTest(reference, sketches(rows(200, text(10), random)), random);
    expect(moved.psi).toBeGreaterThan(2 * moved.expected);
    expect(moved.pValue).toBeLessThan(1e-9);
  });
});
