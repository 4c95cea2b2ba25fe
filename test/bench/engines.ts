// Every engine beside scikit-learn, fastText and LightGBM on the same data in one run, each in a process of its own.
//
//   node test/bench/engines.ts [--papers FILE] [--flights FILE] [--seed 42] [--only NAME;NAME] [--encoder] [--tuned]
//     [--take N] [--splits random,time]
//
// Texts: the papers at random (a quarter for the test, by class) and in time (trained before 2025, tested after). Tables: the
// flights at random and by time, see trees-vs-sklearn.ts. A tenth is for validation: it decides when to stop, and calibrates.
// --encoder adds the engine encoder, whose weights and embeddings are in EPOCHLOG_CACHE: alone, blended, by folds and as a
// cascade; and the same pretrained encoder in PyTorch, frozen. --tuned adds both fine-tuned alike, which takes hours on a CPU:
// --take N trains on so many papers only. Markdown goes to stdout, progress to stderr. What Python needs comes from PyPI into
// .cache/; fastText is left out where it has no wheel.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '../../infra/config/config.ts';
import type { Parameters } from '../../ml/engines/engine.ts';
import { completeParameters } from '../../ml/engines.ts';
import { classificationMetrics } from '../../ml/metrics/classification.ts';
import { accuracyAtCoverage } from '../../ml/metrics/probabilistic.ts';
import type { Outcome } from './linear-vs-sklearn.ts';
import { inTime, readPapers, type Split, stratified } from './papers.ts';
import { jsonFrom, pythonForEngines, pythonWithTransformers } from './python.ts';
import type { TableResult } from './trees-vs-sklearn.ts';

const { values: options } = parseArgs({
  options: {
    papers: { type: 'string' },
    flights: { type: 'string' },
    seed: { type: 'string', default: '42' },
    only: { type: 'string' },
    encoder: { type: 'boolean', default: false },
    tuned: { type: 'boolean', default: false },
    take: { type: 'string' },
    splits: { type: 'string', default: 'random,time' },
  },
});
if (!options.papers && !options.flights) throw new Error('--papers FILE or --flights FILE is needed');
const here = (file: string) => join(import.meta.dirname, file);

/** With which both tune the encoder. */
const TUNING = { tuneEpochs: 2, learningRate: 1e-4 };
const CASCADE = { cascade: true, exportPrecision: 'int8' };

if (options.papers) {
  const papers = readPapers(options.papers);
  const seed = Number(options.seed);
  const splits: Record<string, () => Split> = {
    random: () => stratified(papers, 0.25, seed),
    time: () => inTime(papers, '2025-01-01', seed),
  };
  for (const name of options.splits.split(',')) {
    const split = taken(splits[name]!());
    console.log(`\n${name}: ${split.train.length} papers for training, ${split.test.length} for the test\n`);
    printTable(
      [
        'accuracy',
        'macro-F1',
        'any label',
        'at 65 %',
        'calibration error',
        'log loss',
        'training, s of CPU',
      ].concat(['memory, MB', 'model, MB', 'one text, ms (p50)', 'mean']),
      textResults(split),
    );
  }
}
if (options.flights) {
  const results: TableResult[] = jsonFrom(process.execPath, [
    ...[here('trees-vs-sklearn.ts'), '--flights', options.flights, '--rounds', '1', '--seed', options.seed],
    ...['--engines', 'trees,linear,tfjs', '--splits', 'random,before October'],
  ]);
  for (const [name, own] of Object.entries(
    Object.groupBy(results, ({ split, kind }) => `${split}, ${kind}`),
  )) {
    console.log(`\nflights, ${name}\n`);
    const metrics = Object.keys(own![0]!.metrics);
    printTable(
      [...metrics, 'training, s of CPU', 'memory, MB'],
      own!.map(({ contestant, metrics, fitCpuSeconds, peakMegabytes }) => [
        contestant,
        ...Object.values(metrics).map((value) => value.toFixed(value < 2 ? 4 : 2)),
        fitCpuSeconds.toFixed(1),
        peakMegabytes.toFixed(0),
      ]),
    );
  }
}

/** Of each part the same share, so that of --take there are so many for training. */
function taken(split: Split): Split {
  if (!options.take) return split;
  const share = Number(options.take) / split.train.length;
  const of = (part: Split['train']) => part.slice(0, Math.ceil(share * part.length));
  return { ...split, train: of(split.train), validation: of(split.validation), test: of(split.test) };
}

function textResults(split: Split): string[][] {
  const folder = mkdtempSync(join(tmpdir(), 'epochlog-bench-'));
  try {
    const file = join(folder, 'split.json');
    writeFileSync(file, JSON.stringify(split));
    return Object.entries(contestants(file)).map(([name, run]) => {
      console.error(name);
      return [name, ...cellsOf(split, run())];
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function contestants(file: string): Record<string, () => Outcome> {
  const ours = (engine: string, parameters: object = {}): [string, () => Outcome] => [
    Object.keys(parameters).length === 0 ? engine : `${engine}, ${JSON.stringify(parameters)}`,
    () => jsonFrom(process.execPath, [here('text-contestant.ts'), file, engine, JSON.stringify(parameters)]),
  ];
  const all = new Map([
    ...inPython(file),
    ...[ours('linear'), ours('linear', { hashing: 18 }), ours('tfjs')],
    ...(options.encoder
      ? [
          ...[ours('encoder', { blend: false }), inTorch(file, 'frozen', {})],
          ...[ours('encoder'), ours('encoder', { folds: 3 }), ours('encoder', CASCADE)],
        ]
      : []),
    ...(options.tuned
      ? [
          ours('encoder', { ...TUNING, blend: false }),
          inTorch(file, 'tuned', TUNING),
          ours('encoder', TUNING),
        ]
      : []),
  ]);
  const only = options.only?.split(';');
  return Object.fromEntries([...all].filter(([name]) => only?.includes(name) ?? true));
}

function inPython(file: string): [string, () => Outcome][] {
  const asked = options.only?.split(';');
  if (asked && !asked.includes('scikit-learn') && !asked.includes('fastText')) return [];
  const { python, hasFasttext } = pythonForEngines();
  const theirs = (name: string) => () => jsonFrom(python, [here('text-contestants.py'), file, name]);
  return [
    ['scikit-learn', theirs('scikit-learn')],
    ...(hasFasttext ? [['fastText', theirs('fasttext')] as [string, () => Outcome]] : []),
  ];
}

/** The same pretrained encoder in PyTorch, with the parameters that the engine has. */
function inTorch(file: string, kind: 'frozen' | 'tuned', parameters: Parameters): [string, () => Outcome] {
  const given = JSON.stringify(completeParameters('encoder', parameters));
  const weights = join(readConfig().cache, 'encoders', 'minilm');
  const run = () =>
    jsonFrom(pythonWithTransformers(), [here('torch-contestant.py'), file, kind, weights, given]);
  return [`PyTorch, ${kind}`, run];
}

/** The metrics are computed here from the probabilities of each, by the same functions. */
function cellsOf({ labels, test }: Split, { probabilities = [], ...outcome }: Outcome): string[] {
  const column = (label: string) => labels.indexOf(label);
  const metrics = classificationMetrics(
    { rows: test.length, columns: labels.length, values: Float64Array.from(probabilities.flat()) },
    Int32Array.from(test, ({ label }) => column(label)),
    labels,
    test.map(({ label, otherLabels = [] }) => [label, ...otherLabels].map(column).filter((at) => at >= 0)),
  );
  const confidence = Float64Array.from(probabilities, (row) => Math.max(...row));
  const hits = probabilities.map((row, at) => row.indexOf(confidence[at]!) === column(test[at]!.label));
  return [
    ...[metrics.accuracy, metrics.macroF1, metrics.anyLabelAccuracy].map((share) => share.toFixed(3)),
    accuracyAtCoverage(confidence, Uint8Array.from(hits, Number), 0.65).toFixed(3),
    metrics.calibrationError.toFixed(3),
    metrics.logLoss.toFixed(3),
    (outcome.fitCpuSeconds ?? 0).toFixed(1),
    outcome.peakMegabytes.toFixed(0),
    (outcome.packageMegabytes ?? 0).toFixed(1),
    (outcome.inference?.p50 ?? 0).toFixed(2),
    outcome.inference?.mean?.toFixed(2) ?? '',
  ];
}

function printTable(titles: readonly string[], rows: readonly string[][]): void {
  console.log(`| | ${titles.join(' | ')} |\n|${'---|'.repeat(titles.length + 1)}`);
  for (const row of rows) console.log(`| ${row.join(' | ')} |`);
}
