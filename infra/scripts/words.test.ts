import { expect, test } from 'vitest';
import { wordFaults } from './words.ts';

const in_ = (path: string, text = 'export const title = 1;\nexport const maxAbstract = 2;\n') =>
  wordFaults({ path, text });

test.each([
  ['ml/text/clean.ts', 'ml/text/clean.ts:2: '],
  ['services/monitor/fixtures.ts', 'services/monitor/fixtures.ts:2: '],
])('%s with a word of tasks/arxiv is named with its line and what to do', (path, place) => {
  expect(in_(path)).toEqual([
    expect.stringMatching(new RegExp(`^${place}'Abstract' is a word of .*: write`)),
  ]);
});

test('any case, identifiers and names of files are seen', () => {
  expect(in_('ml/papers.ts', 'const ARXIV_ID = toPapers();')).toEqual([
    expect.stringMatching(/^ml\/papers\.ts: 'papers'/),
    expect.stringMatching(/^ml\/papers\.ts:1: 'ARXIV'/),
  ]);
});

test.each([
  'tasks/arxiv/paper.ts',
  'test/harness/records.ts',
  'docs/cli.md',
  'README.md',
  'services/curator/decider.test.ts',
])('%s may use them', (path) => {
  expect(in_(path)).toEqual([]);
});

test('a file without them is right', () => {
  expect(in_('ml/text/clean.ts', 'export const title = 1;\n')).toEqual([]);
});
