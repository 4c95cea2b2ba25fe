import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Searchable, search } from './search.ts';

const SEED = 15;

interface Item {
  readonly id: number;
  readonly name: string | undefined;
  readonly score: number | null;
}

const ITEMS: Searchable<Item> = {
  attributes: {
    id: { isNumber: true, of: ({ id }) => id },
    name: { of: ({ name }) => name },
    score: { isNumber: true, of: ({ score }) => score },
  },
  entities: {},
  ties: ['id ASC'],
};

const items = fc
  .array(
    fc.record({
      name: fc.constantFrom('a', 'b', undefined),
      score: fc.constantFrom(1, 2, 3, Number.NaN, null),
    }),
    { maxLength: 60 },
  )
  .map((all) => all.map((one, id): Item => ({ id, ...one })));

/** By score, from high to low; NaN after numbers, and none at the end. */
function byScore(a: Item, b: Item): number {
  const rank = ({ score }: Item) => (score === null ? 2 : Number.isNaN(score) ? 1 : 0);
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  return rank(a) === 0 && a.score !== b.score ? Number(b.score) - Number(a.score) : a.id - b.id;
}

test('the pages of a search are the pieces of all that match, sorted, whatever their size', () => {
  fc.assert(
    fc.property(items, fc.integer({ min: 1, max: 7 }), (all, maxResults) => {
      const found: Item[] = [];
      let pageToken = '';
      do {
        const asked = { filter: "name = 'a'", orderBy: ['score DESC'], maxResults, pageToken };
        const { items, nextToken = '' } = search(all, ITEMS, asked);
        expect(items.length).toBe(nextToken === '' ? items.length : maxResults);
        found.push(...items);
        pageToken = nextToken;
      } while (pageToken !== '');
      expect(found).toEqual(all.filter(({ name }) => name === 'a').sort(byScore));
    }),
    { seed: SEED, numRuns: 60 },
  );
});
