import { describe, expect, test } from 'vitest';
import { parsePaper } from '../../tasks/arxiv/paper.ts';
import { KnownWords } from '../features/known-words.ts';
import { fitTfidf } from '../features/tfidf.ts';
import { parseDay } from '../records/day.ts';
import { cleanText, normaliseTitle } from './clean.ts';
import { wordCount } from './count.ts';
import { detectLanguage } from './language.ts';
import { tokenize } from './tokenize.ts';

// Each is repeated: what could open markup without end, and what normalisation sorts or composes.
const PIECES = [
  ...['\\(', '\\[', '$', '$a ', '$1 a', '\\cite', '\\cite{', '\\url{a', '\\ref[', '\\"', '\\c{', '{', '\\'],
  ...['http://', 'www.', 'www.!', 'a', 'a.', 'a@', 'a@b.', '@', '<a ', '<', '&', '&amp;', '&#x', '&ouml;'],
  ...['(', '( ', '([', ' ', '\n', ' .', '!', '!?', '``', '-', '1', '2024-', 'Σ', 'İ', 'ab ', '中', '\u200b'],
  ...['\u0301', '\u0345\u0301\u0316\u05b0', '\u0301\uff9e', '\u0f73', '\u0f81', 'a\u0301\u0316'],
  ...['\u{16d67}', '\u{1611e}', '\u{113c2}', '\u1161', '\u11a8', '\u0e33', '\ufb01', '\ud800', '\ufdfa'],
];
const line = (text: string) => ({ number: 1, text });
const featuriser = fitTfidf(['we show logs', 'we show logs'], { ngram: 2, minDf: 2, maxFeatures: 100 });

const FUNCTIONS: Record<string, (text: string) => unknown> = {
  cleanText,
  normaliseTitle,
  wordCount,
  tokenize,
  detectLanguage,
  featurise: (text) => featuriser.featurise(text),
  rareWordShare: (text) => featuriser.rareWordShare(text),
  knownWords: (text) => new KnownWords().add(text),
  fitTfidf: (text) => fitTfidf([`we ${text}`, `we ${text}`], { ngram: 2, minDf: 2, maxFeatures: 1_000 }),
  parseDay,
  parsePaper: (text) => parsePaper(line(text)),
  'parsePaper, each field': (text) =>
    parsePaper(line(JSON.stringify({ arxiv_id: text, title: text, abstract: text, published: text }))),
};

const LENGTH = 20_000;
const PARTS = 8; // together they take as long as the whole where the work is linear, an eighth where it is quadratic
const TOO_STEEP = 3;
const HARMLESS_MS = 100; // the whole took 400 ms and more where the work was quadratic

/** Processor time, which does not depend on what else the machine does. */
function processorMs(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** The least of three measurements: compiling and collecting garbage, which count too, only add to it. */
const leastMs = (work: () => unknown): number => Math.min(...[1, 2, 3].map(() => processorMs(work)));

function isSuperlinear(work: (text: string) => unknown, piece: string): boolean {
  const whole = piece.repeat(LENGTH / piece.length);
  const part = piece.repeat(LENGTH / PARTS / piece.length);
  if (processorMs(() => work(whole)) < HARMLESS_MS) return false;
  const wholeMs = leastMs(() => work(whole));
  const partsMs = leastMs(() => {
    for (let i = 0; i < PARTS; i++) work(part);
  });
  return wholeMs > TOO_STEEP * partsMs;
}

describe('takes time in proportion to the text, whatever it repeats', () => {
  test.each(Object.entries(FUNCTIONS))('%s', (_, work) => {
    expect(PIECES.filter((piece) => isSuperlinear(work, piece))).toEqual([]);
  });
});

test('what takes quadratic time is noticed', () => {
  expect(isSuperlinear((text) => text.normalize('NFKC'), '\u0345\u0301\u0316\u05b0')).toBe(true);
});
