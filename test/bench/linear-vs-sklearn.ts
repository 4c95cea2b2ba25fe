// The linear engine against scikit-learn's TF-IDF and LinearSVC, on one split, each in a process of its own.
//
//   node test/bench/linear-vs-sklearn.ts --papers FILE [--test FILE] [--per-class 300] [--since DAY] [--seed 42]
//     [--rounds 3] [--encoder]
//
// With --papers alone: a stratified split, tested on the share --held-out (0.1), with 0.1 for validation. With --test:
// trained on all of --papers, tested on papers of the other file that the first lacks, balanced by class. With --since:
// trained on what was published before that day, tested on the rest; the validation split is the last tenth of it, or, with
// --validation random, a tenth of each class, as the sealer splits.
// --encoder adds the engine encoder, blended and alone: its weights and embeddings are in EPOCHLOG_CACHE.
// They take turns for some rounds; the quickest of each counts, so that other work on the machine does not.
// A table goes to stderr, JSON to stdout. scikit-learn comes from PyPI into .cache/ where python3 has none.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { confusionMatrix, macroF1 } from '../../ml/metrics/confusion.ts';
import { againstOtherPapers, inTime, readPapers, type Split, stratified } from './papers.ts';
import { jsonFrom, pythonWithSklearn } from './python.ts';

export interface Outcome {
  readonly featuriseSeconds: number;
  readonly fitSeconds: number;
  readonly predictSeconds: number;
  readonly peakMegabytes: number;
  /** of calibrated probabilities; scikit-learn's machine has none */
  readonly logLoss?: number;
  readonly packageMegabytes?: number;
  readonly predicted: readonly string[];
  /** milliseconds of the package for one text, on one thread: median, of 95 % at most, mean, and mean of CPU time */
  readonly inference?: {
    readonly p50: number;
    readonly p95: number;
    readonly mean: number;
    readonly cpu?: number;
  };
  readonly accuracyAt65?: number;
  /** of the labels, text by text */
  readonly probabilities?: readonly (readonly number[])[];
  readonly fitCpuSeconds?: number;
}

const { values: options } = parseArgs({
  options: {
    papers: { type: 'string' },
    test: { type: 'string' },
    since: { type: 'string' },
    validation: { type: 'string', default: 'last' },
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

function splitAsAsked(): Split {
  const { since, test } = options;
  const seed = Number(options.seed);
  if (test) return againstOtherPapers(papers, readPapers(test), Number(options['per-class']), seed);
  return since === undefined
    ? stratified(papers, Number(options['held-out']), seed)
    : inTime(papers, since, seed, options.validation === 'random' ? 'random' : 'last');
}

/** The engine encoder by its interface, as the trainer runs it. */
function encoders(file: string): Record<string, () => Outcome> {
  const script = join(import.meta.dirname, 'text-contestant.ts');
  const contestant = (parameters: object) => () =>
    jsonFrom(process.execPath, [script, file, 'encoder', JSON.stringify(parameters)]);
  return { 'encoder alone': contestant({ blend: false }), encoder: contestant({}) };
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
  const results = outcomes.map(({ contestant, predicted, probabilities: _, ...measured }) => {
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
