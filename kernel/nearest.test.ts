import { expect, test } from 'vitest';
import { nearest, suggestion } from './nearest.ts';

const FIELDS = ['title', 'abstract', 'instances', 'model', 'version', 'id'];

test.each([
  ['abstrct', 'abstract'],
  ['titel', 'title'],
  ['Model', 'model'],
  ['instance', 'instances'],
  ['di', 'id'],
  ['verison', 'version'],
])('%s means %s', (misspelt, meant) => expect(nearest(misspelt, FIELDS)).toBe(meant));

test.each(['labels', 'x', '', 'a'.repeat(100_000)])('%.10s means none of them', (name) =>
  expect(nearest(name, FIELDS)).toBeUndefined(),
);

test('of many names some are listed', () => {
  const names = Array.from({ length: 30 }, (_, i) => `sample-${i}`);
  expect(suggestion('x', names)).toMatch(/^there is sample-0, .*, sample-11 and 18 more\.$/);
});
