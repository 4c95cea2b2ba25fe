import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { cleanText, normaliseTitle } from '../../../ml/text/clean.ts';
import { wordCount } from '../../../ml/text/count.ts';
import { detectLanguage } from '../../../ml/text/language.ts';
import { tokenize } from '../../../ml/text/tokenize.ts';
import { type CorpusOptions, type GeneratedPaper, generateCorpus } from './generate.ts';
import { TOPICS } from './topics.ts';

const isEnglish = (text: string): boolean => detectLanguage(text).language === 'en';

const corpus = [...generateCorpus()];
const cleaned = new Map(corpus.map(({ abstract }) => [abstract, cleanText(abstract)]));
const labels = new Set(TOPICS.map(({ label }) => label));

const digest = (options: CorpusOptions) =>
  createHash('sha256')
    .update(JSON.stringify([...generateCorpus(options)]))
    .digest('hex');
const count = (papers: readonly GeneratedPaper[], is: (paper: GeneratedPaper) => boolean) =>
  papers.filter(is).length;

describe('the generated corpus', () => {
  test('has the shape of a listing, in the order of publication', () => {
    expect(corpus).toHaveLength(4000);
    for (const [index, paper] of corpus.entries()) {
      expect(paper.arxiv_id).toMatch(/^gen\.\d{4}\.\d{5}$/);
      expect(paper.arxiv_id.slice(4, 8)).toBe(paper.published.slice(2, 7).replace('-', ''));
      expect(paper.published >= (corpus[index - 1]?.published ?? '2023-01-01')).toBe(true);
      expect(paper.published <= '2026-06-30').toBe(true);
      expect(paper.categories[0]).toBe(paper.primary_category);
      expect(labels.isSupersetOf(new Set(paper.categories))).toBe(true);
      expect(new Set(paper.categories).size).toBe(paper.categories.length);
      expect(paper.authors.length).toBeGreaterThan(0);
      expect(paper.authors.every((author) => author.endsWith(' (generated)'))).toBe(true);
    }
    expect(count(corpus, ({ published }) => published < '2025-01-01') / 4000).toBeCloseTo(0.55, 2);
    expect(new Set(corpus.map(({ published }) => published.slice(0, 7))).size).toBe(42);
  });

  test('is the same for a seed on every machine, and another for another seed', () => {
    expect(digest({ papers: 500 })).toBe('3020ba19abc2deb8ff616bdaba298d24772194b613cddbac4ac6902008218362');
    expect(digest({ papers: 500, seed: 43 })).not.toBe(digest({ papers: 500 }));
  });

  test.each([0, 1, 41, 1000])('holds %d papers when asked to', (papers) => {
    expect([...generateCorpus({ papers })]).toHaveLength(papers);
  });

  test('keeps to its months', () => {
    const winter = [...generateCorpus({ papers: 90, from: '2019-12', to: '2020-02' })];
    expect(new Set(winter.map(({ published }) => published.slice(0, 7)))).toEqual(
      new Set(['2019-12', '2020-01', '2020-02']),
    );
    expect(() => [...generateCorpus({ from: '2020-02', to: '2020-01' })]).toThrow(
      expect.objectContaining({ code: 'corpus' }),
    );
  });

  test('covers ten topics, none rare, about half of the papers cross-listed', () => {
    for (const label of labels) {
      expect(count(corpus, ({ primary_category }) => primary_category === label)).toBeGreaterThan(200);
    }
    const crossListed = count(corpus, ({ categories }) => categories.length > 1);
    expect(crossListed / corpus.length).toBeGreaterThan(0.4);
    expect(crossListed / corpus.length).toBeLessThan(0.6);
  });
});

describe('what a curator finds', () => {
  const byId = Map.groupBy(corpus, ({ arxiv_id }) => arxiv_id);
  const once = [...byId.values()].map(([first]) => first!);
  const byTitle = Map.groupBy(once, ({ title }) => normaliseTitle(title));

  test('papers that come twice, word for word', () => {
    const repeats = [...byId.values()].filter((same) => same.length > 1);
    expect(repeats.length).toBeGreaterThan(5);
    for (const [first, second] of repeats) expect(second).toEqual(first);
  });

  test('papers that come again under another id, their title spelt differently', () => {
    const reposts = [...byTitle.values()].filter((same) => same.length > 1 && isEnglish(same[0]!.abstract));
    expect(reposts.length).toBeGreaterThan(20);
    for (const [first, second] of reposts) {
      expect(second!.title).not.toBe(first!.title);
      expect(second!.abstract).toBe(first!.abstract);
    }
  });

  test('abstracts that are too short or not English, each a small share', () => {
    const short = count(once, ({ abstract }) => wordCount(cleaned.get(abstract)!) < 50);
    const foreign = count(once, ({ abstract }) => !isEnglish(cleaned.get(abstract)!));
    expect(short / once.length).toBeGreaterThan(0.005);
    expect(short / once.length).toBeLessThan(0.03);
    expect(foreign / once.length).toBeGreaterThan(0.002);
    expect(foreign / once.length).toBeLessThan(0.02);
  });

  test('LaTeX, formulas and links, of which cleaning leaves nothing', () => {
    const abstracts = corpus.map(({ abstract }) => abstract);
    for (const markup of [/\\emph\{/, /\$[^$]+\$/, /\\cite\{/, /https:\/\//, /\w@example\.org/, /\d\\%/]) {
      expect(abstracts.filter((abstract) => markup.test(abstract)).length).toBeGreaterThan(10);
    }
    const left = [...cleaned.values()].filter((abstract) => /[\\${}]|https?:|example\.org/.test(abstract));
    expect(left).toHaveLength(0);
  });
});

describe('its language', () => {
  const frequencies = new Map<string, number>();
  for (const { title, abstract } of corpus) {
    for (const word of tokenize(`${title} ${cleaned.get(abstract)}`)) {
      frequencies.set(word, (frequencies.get(word) ?? 0) + 1);
    }
  }

  test("follows Zipf's law down a long tail", () => {
    const ranked = [...frequencies.values()].sort((a, b) => b - a);
    const slope = Math.log(ranked[999]! / ranked[9]!) / Math.log(100);
    expect(slope).toBeLessThan(-0.8);
    expect(slope).toBeGreaterThan(-1.3);
    expect(ranked.length).toBeGreaterThan(8000);
    expect(ranked.filter((n) => n === 1).length).toBeGreaterThan(1500);
  });

  test('changes: some words go out of use, others come into it', () => {
    const share = (words: RegExp, year: string) => {
      const papers = corpus.filter(({ published }) => published.startsWith(year));
      return count(papers, ({ abstract }) => words.test(abstract)) / papers.length;
    };
    const leaving = /grid computing|code clones|pheromone trails|onion router|bitmap index|treebanks/i;
    const coming = /inference serving|coding agent|prompt evolution|guardrail|vector search|rubrics/i;
    expect(share(leaving, '2023')).toBeGreaterThan(3 * share(leaving, '2026'));
    expect(share(coming, '2026')).toBeGreaterThan(3 * share(coming, '2023'));
  });

  test('fills every gap', () => {
    for (const { title, abstract } of corpus) {
      expect(title).not.toMatch(/[{}[\]|]|undefined/);
      expect(abstract).not.toMatch(/\[|\]|\||undefined|\b[Aa] [aeio]/);
    }
  });
});
