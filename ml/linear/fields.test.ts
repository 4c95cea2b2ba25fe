import { expect, test } from 'vitest';
import type { InstanceSchema } from '../instance/schema.ts';
import { blocksOf } from './fields.ts';

const SCHEMA: InstanceSchema = {
  fields: {
    title: { type: 'text' },
    abstract: { type: 'text' },
    authors: { type: 'text', optIn: true },
    pages: { type: 'number' },
  },
};
const blocks = (fields: string[]) => blocksOf(SCHEMA, { fields, titleWeight: 2 });

test('without fields one block of all texts but those that must be named; the first counts by titleWeight', () => {
  const fields = [
    { name: 'title', weight: 2 },
    { name: 'abstract', weight: 1 },
  ];
  expect(blocks([])).toEqual([{ fields, weight: 1 }]);
  expect(blocksOf({ fields: { text: { type: 'text' } } }, { fields: [], titleWeight: 2 })).toEqual([
    { fields: [{ name: 'text', weight: 1 }], weight: 1 },
  ]);
});

test('an entry is a block of one field or several, with its weight', () => {
  expect(blocks(['title+title+abstract', 'authors=0.8'])).toEqual([
    {
      fields: [
        { name: 'title', weight: 2 },
        { name: 'abstract', weight: 1 },
      ],
      weight: 1,
    },
    { fields: [{ name: 'authors', weight: 1 }], weight: 0.8 },
  ]);
});

test.each([
  ['author', "names 'author', which is no text of the task, did you mean 'authors'?"],
  ['pages', "names 'pages', which is no text of the task; there are: title, abstract, authors"],
  ['title=0', "with a weight above 0, or fields joined by +; not 'title=0'"],
  ['=2', 'takes a field'],
])('%s is refused', (entry, message) => {
  expect(() => blocks([entry])).toThrow(expect.objectContaining({ code: 'parameter' }));
  expect(() => blocks([entry])).toThrow(message);
});
