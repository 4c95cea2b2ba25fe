import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type Random, seededRandom, shuffle } from '../../ml/random.ts';
import { cleanText } from '../../ml/text/clean.ts';
import type { LabelledDocument } from '../harness/documents.ts';

/** What all contestants read. */
export interface Split {
  readonly labels: readonly string[];
  readonly train: readonly Document[];
  readonly validation: readonly Document[];
  readonly test: readonly Document[];
}

export interface Document extends LabelledDocument {
  readonly authors: string;
}

interface Paper {
  readonly arxiv_id: string;
  readonly title: string;
  readonly abstract: string;
  readonly categories: string[];
  readonly primary_category: string;
  readonly authors?: string[];
  readonly published: string;
}

/** The papers of a file, an object a line, gzip or not. */
export function readPapers(file: string): Paper[] {
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** By class, the share `held` for the test and a tenth of all for validation. */
export function stratified(all: readonly Paper[], held: number, seed: number): Split {
  const random = seededRandom(seed);
  const parts: Paper[][] = [[], [], []];
  for (const group of byClass(all, random)) {
    for (const [at, paper] of group.entries()) {
      const place = at / group.length;
      parts[place < 0.9 - held ? 0 : place < 1 - held ? 1 : 2]!.push(paper);
    }
  }
  return splitOf(parts[0]!, parts[1]!, parts[2]!, random);
}

/**
 * What was published before a day, a tenth of it for validation, tested on the rest.
 *
 * @param validation `last`: the last tenth; `random`: a tenth of each class, as the sealer splits
 */
export function inTime(
  all: readonly Paper[],
  since: string,
  seed: number,
  validation: 'last' | 'random' = 'last',
): Split {
  const before = all.filter((paper) => paper.published < since);
  before.sort((a, b) => (a.published < b.published ? -1 : 1));
  const held = Math.floor(before.length * 0.9);
  const after = all.filter((paper) => paper.published >= since);
  if (validation === 'random') {
    const random = seededRandom(seed);
    const groups = byClass(before, random).map((group) => ({ group, tenth: Math.round(group.length / 10) }));
    return splitOf(
      groups.flatMap(({ group, tenth }) => group.slice(tenth)),
      groups.flatMap(({ group, tenth }) => group.slice(0, tenth)),
      after,
      random,
    );
  }
  return splitOf(before.slice(0, held), before.slice(held), after, seededRandom(seed));
}

/** All papers of one file, tested on as many of each class that are in the other alone. */
export function againstOtherPapers(
  train: readonly Paper[],
  others: readonly Paper[],
  perClass: number,
  seed: number,
): Split {
  const random = seededRandom(seed);
  const known = new Set(train.map(({ arxiv_id }) => arxiv_id));
  const unseen = others.filter(({ arxiv_id }) => !known.has(arxiv_id));
  const test = byClass(unseen, random).flatMap((group) => group.slice(0, perClass));
  return splitOf(train, [], test, random);
}

/** The papers of each primary category, shuffled, categories in order. */
function byClass(all: readonly Paper[], random: Random): Paper[][] {
  const groups = Object.groupBy(all, ({ primary_category }) => primary_category);
  return Object.keys(groups)
    .sort()
    .map((label) => shuffle(groups[label]!, random));
}

function splitOf(
  train: readonly Paper[],
  validation: readonly Paper[],
  test: readonly Paper[],
  random: Random,
): Split {
  const labels = [...new Set(train.map(({ primary_category }) => primary_category))].sort();
  const documents = (part: readonly Paper[]) => shuffle([...part], random).map(toDocument);
  return { labels, train: documents(train), validation: documents(validation), test: documents(test) };
}

function toDocument({ title, abstract, primary_category, categories, authors = [] }: Paper): Document {
  return {
    title: cleanText(title),
    abstract: cleanText(abstract),
    label: primary_category,
    authors: authors.map((name) => name.replace(/[^\p{L}\p{N}]/gu, '')).join(' '), // a word for each
    otherLabels: categories.filter((category) => category !== primary_category),
  };
}
