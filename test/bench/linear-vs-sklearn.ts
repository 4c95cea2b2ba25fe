// The linear engine against scikit-learn's TF-IDF and LinearSVC, on one split, each in a process of its own.
//
//   node test/bench/linear-vs-sklearn.ts --papers FILE [--test FILE] [--per-class 300] [--seed 42] [--rounds 3]
//
// With --papers alone: a stratified 80/10/10 split, trained on the 80, tested on the last 10. With --test:
// trained on all of --papers, tested on papers of the other file that the first lacks, balanced by class.
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
  readonly train: readonly LabelledDocument[];
  readonly validation: readonly LabelledDocument[];
  readonly test: readonly LabelledDocument[];
}

export interface Outcome {
  readonly featuriseSeconds: number;
  readonly fitSeconds: number;
  readonly predictSeconds: number;
  readonly peakMegabytes: number;
  readonly predicted: readonly string[];
}

interface Paper {
  readonly arxiv_id: string;
  readonly title: string;
  readonly abstract: string;
  readonly categories: string[];
  readonly primary_category: string;
}

const { values: options } = parseArgs({
  options: {
    papers: { type: 'string' },
    test: { type: 'string' },
    'per-class': { type: 'string', default: '300' },
    seed: { type: 'string', default: '42' },
    rounds: { type: 'string', default: '3' },
  },
});
if (!options.papers) throw new Error('--papers FILE is needed');

const papers = readPapers(options.papers);
const random = seededRandom(Number(options.seed));
const split = options.test
  ? againstOtherPapers(papers, readPapers(options.test), Number(options['per-class']))
  : stratified(papers);
const folder = mkdtempSync(join(tmpdir(), 'epochlog-bench-'));
try {
  const file = join(folder, 'split.json');
  writeFileSync(file, JSON.stringify(split));
  const ours = join(import.meta.dirname, 'linear-contestant.ts');
  const python = pythonWithSklearn();
  const contestants: Record<string, () => Outcome> = {
    'scikit-learn': () => jsonFrom(python, [join(import.meta.dirname, 'sklearn-contestant.py'), file]),
    'linear, primary labels only': () => jsonFrom(process.execPath, [ours, file, '--primary-only']),
    linear: () => jsonFrom(process.execPath, [ours, file]),
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

function readPapers(file: string): Paper[] {
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

function stratified(all: Paper[]): Split {
  const parts: Paper[][] = [[], [], []];
  for (const group of byClass(all)) {
    for (const [at, paper] of group.entries()) {
      const place = at / group.length;
      parts[place < 0.8 ? 0 : place < 0.9 ? 1 : 2]!.push(paper);
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

function toDocument({ title, abstract, primary_category, categories }: Paper): LabelledDocument {
  return {
    title: cleanText(title),
    abstract: cleanText(abstract),
    label: primary_category,
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
    ['', 'accuracy', 'macro-F1', 'any label', 'featurise s', 'fit s', 'together s', 'peak MB']
      .map((title, at) => (at === 0 ? title.padEnd(28) : title.padStart(12)))
      .join(''),
  );
  for (const row of results) {
    const shares = [row.accuracy, row.macroF1, row.anyLabelAccuracy].map((value) => value.toFixed(4));
    const seconds = [row.featuriseSeconds, row.fitSeconds, row.trainSeconds].map((value) => value.toFixed(2));
    const cells = [...shares, ...seconds, row.peakMegabytes.toFixed(0)].map((cell) => cell.padStart(12));
    console.error(row.contestant.padEnd(28) + cells.join(''));
  }
}
