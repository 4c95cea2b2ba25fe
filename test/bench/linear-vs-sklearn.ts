// The linear engine against scikit-learn's TF-IDF and LinearSVC, on one split, each in a process of its own.
//
//   node test/bench/linear-vs-sklearn.ts --papers FILE [--test FILE] [--per-class 300] [--since DAY] [--seed 42]
//     [--rounds 3] [--encoder]
//
// With --papers alone: a stratified split, tested on the share --held-out (0.1), with 0.1 for validation. With --test:
// trained on all of --papers, tested on papers of the other file that the first lacks, balanced by class. With --since:
// trained on what was published before that day (a tenth of it, the validation split, is the last), tested on the rest.
// --encoder adds the engine encoder, blended and alone: its weights and embeddings are in EPOCHLOG_CACHE.
// They take turns for some rounds; the quickest of each counts, so that other work on the machine does not.
// A table goes to stderr, JSON to stdout. scikit-learn comes from PyPI into .cache/ where python3 has none.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { confusionMatrix, macroF1 } from '../../ml/metrics/confusion.ts';
import { seededRandom, shuffle } from '../../ml/random.ts';
import { cleanText } from '../../ml/text/clean.ts';
import type { LabelledDocument } from '../harness/documents.ts';
import { jsonFrom, pythonWithSklearn } from './python.ts';

/** What both contestants read, and what each prints. */
export interface Split {
  readonly labels: readonly string[];
  readonly train: readonly Document[];
  readonly validation: readonly Document[];
  readonly test: readonly Document[];
}

export interface Document extends LabelledDocument {
  readonly authors: string;
}

export interface Outcome {
  readonly featuriseSeconds: number;
  readonly fitSeconds: number;
  readonly predictSeconds: number;
  readonly peakMegabytes: number;
  /** of calibrated probabilities; scikit-learn's machine has none */
  readonly logLoss?: number;
  readonly packageMegabytes?: number;
  readonly predicted: readonly string[];
  /** milliseconds of the package for one text, on one thread: median, and of 95 % at most */
  readonly inference?: { readonly p50: number; readonly p95: number };
  readonly accuracyAt65?: number;
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

const { values: options } = parseArgs({
  options: {
    papers: { type: 'string' },
    test: { type: 'string' },
    since: { type: 'string' },
    'held-out': { type: 'string', default: '0.1' },
    'per-class': { type: 'string', default: '300' },
    seed: { type: 'string', default: '42' },
    rounds: { type: 'string', default: '3' },
    encoder: { type: 'boolean', default: false },
  },
});
if (!options.papers) throw new Error('--papers FILE is needed');

const VARIANTS = {
  'linear (default)': {},
  'linear, logistic': { loss: 'logistic', c: 5 },
  'linear, elastic net': { loss: 'logistic', c: 5, l1Ratio: 0.3 },
  'linear, hashing 18': { hashing: 18 },
  'linear, authors': { fields: ['title+title+abstract', 'authors=0.5'] },
};

const papers = readPapers(options.papers);
const random = seededRandom(Number(options.seed));
const split = splitAsAsked();
const folder = mkdtempSync(join(tmpdir(), 'epochlog-bench-'));
try {
  const file = join(folder, 'split.json');
  writeFileSync(file, JSON.stringify(split));
  const ours = join(import.meta.dirname, 'linear-contestant.ts');
  const python = pythonWithSklearn();
  const contestants: Record<string, () => Outcome> = {
    'scikit-learn': () => jsonFrom(python, [join(import.meta.dirname, 'sklearn-contestant.py'), file]),
    ...Object.fromEntries(
      Object.entries(VARIANTS).map(([name, parameters]) => [
        name,
        () => jsonFrom(process.execPath, [ours, file, JSON.stringify(parameters)]),
      ]),
    ),
    ...(options.encoder && encoders(file)),
  };
  const rounds = Array.from({ length: Number(options.rounds) }, () =>
    Object.entries(contestants).map(([contestant, run]) => ({ contestant, ...run() })),
  );
  report(
    split,
    Object.keys(contestants).map((_, at) => quickest(rounds.map((round) => round[at]!))),
  );
} finally {
  rmSync(folder, { recursive: true });
}

/** The engine encoder by its interface, as the trainer runs it. */
function encoders(file: string): Record<string, () => Outcome> {
  const script = join(import.meta.dirname, 'text-contestant.ts');
  const contestant = (parameters: object) => () =>
    jsonFrom(process.execPath, [script, file, 'encoder', JSON.stringify(parameters)]);
  return { 'encoder alone': contestant({ blend: false }), encoder: contestant({}) };
}

function readPapers(file: string): Paper[] {
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

function splitAsAsked(): Split {
  const { since, test } = options;
  if (test) return againstOtherPapers(papers, readPapers(test), Number(options['per-class']));
  if (since === undefined) return stratified(papers);
  const [before, after] = [
    papers.filter((paper) => paper.published < since),
    papers.filter((paper) => paper.published >= since),
  ];
  before.sort((a, b) => (a.published < b.published ? -1 : 1));
  const held = Math.floor(before.length * 0.9);
  return splitOf(before.slice(0, held), before.slice(held), after);
}

function stratified(all: Paper[]): Split {
  const held = Number(options['held-out']);
  const parts: Paper[][] = [[], [], []];
  for (const group of byClass(all)) {
    for (const [at, paper] of group.entries()) {
      const place = at / group.length;
      parts[place < 0.9 - held ? 0 : place < 1 - held ? 1 : 2]!.push(paper);
    }
  }
  return splitOf(parts[0]!, parts[1]!, parts[2]!);
}

function againstOtherPapers(train: Paper[], others: Paper[], perClass: number): Split {
  const known = new Set(train.map(({ arxiv_id }) => arxiv_id));
  const unseen = others.filter(({ arxiv_id }) => !known.has(arxiv_id));
  return splitOf(
    train,
    [],
    byClass(unseen).flatMap((group) => group.slice(0, perClass)),
  );
}

/** The papers of each primary category, shuffled, categories in order. */
function byClass(all: Paper[]): Paper[][] {
  const groups = Object.groupBy(all, ({ primary_category }) => primary_category);
  return Object.keys(groups)
    .sort()
    .map((label) => shuffle(groups[label]!, random));
}

function splitOf(train: Paper[], validation: Paper[], test: Paper[]): Split {
  const labels = [...new Set(train.map(({ primary_category }) => primary_category))].sort();
  const documents = (part: Paper[]) => shuffle(part, random).map(toDocument);
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

function quickest<T extends Outcome>(outcomes: T[]): T {
  const seconds = ({ featuriseSeconds, fitSeconds }: Outcome) => featuriseSeconds + fitSeconds;
  return outcomes.reduce((best, outcome) => (seconds(outcome) < seconds(best) ? outcome : best));
}

function report(
  { labels, train, validation, test }: Split,
  outcomes: ({ contestant: string } & Outcome)[],
): void {
  const column = (label: string) => labels.indexOf(label);
  const actual = Int32Array.from(test, ({ label }) => column(label));
  const results = outcomes.map(({ contestant, predicted, ...measured }) => {
    const confusion = confusionMatrix(actual, Int32Array.from(predicted, column), labels.length);
    const right = test.filter(({ label }, at) => predicted[at] === label).length;
    const any = test.filter((document, at) =>
      [document.label, ...(document.otherLabels ?? [])].includes(predicted[at]!),
    ).length;
    return {
      contestant,
      accuracy: right / test.length,
      macroF1: macroF1(confusion),
      anyLabelAccuracy: any / test.length,
      ...measured,
      trainSeconds: measured.featuriseSeconds + measured.fitSeconds,
    };
  });
  const samples = { train: train.length, validation: validation.length, test: test.length };
  console.log(JSON.stringify({ seed: Number(options.seed), samples, results }, null, 2));

  console.error(`${samples.train} papers for training, ${samples.test} for the test`);
  console.error(
    ['', 'accuracy', 'macro-F1', 'any label', 'log loss', 'featurise s', 'fit s', 'package MB', 'peak MB']
      .map((title, at) => (at === 0 ? title.padEnd(28) : title.padStart(12)))
      .join(''),
  );
  for (const row of results) {
    const shares = [row.accuracy, row.macroF1, row.anyLabelAccuracy].map((value) => value.toFixed(4));
    const told = [row.logLoss?.toFixed(3) ?? '–', row.featuriseSeconds.toFixed(2), row.fitSeconds.toFixed(2)];
    const size = row.packageMegabytes?.toFixed(1) ?? '–';
    const cells = [...shares, ...told, size, row.peakMegabytes.toFixed(0)].map((cell) => cell.padStart(12));
    console.error(row.contestant.padEnd(28) + cells.join(''));
  }
}
