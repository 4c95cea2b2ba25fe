// The engines on a table against scikit-learn's HistGradientBoosting with its defaults, and LightGBM with the same settings,
// on one split, each in a process of its own.
//
//   node test/bench/trees-vs-sklearn.ts --flights FILE [--rounds 3] [--seed 42] [--engines trees,linear] [--splits NAME,NAME]
//
// FILE holds the flights (CSV, gzip). Three splits: 80/20 at random, and by time before July and before October; on each
// a flight is late or on time, and how many minutes late. They take turns for some rounds; the quickest of each counts.
// Both hold a tenth of the training rows back to decide when to stop. A table goes to stderr, JSON to stdout.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { seededRandom, shuffle } from '../../ml/random.ts';
import type { ColumnKind } from '../../ml/trees/table.ts';
import { jsonFrom, pythonForEngines } from './python.ts';

export type Rows = readonly (readonly (number | null)[])[];

/** What both contestants read. */
export interface Split {
  readonly kind: 'binary' | 'regression';
  readonly columns: readonly ColumnKind[];
  readonly train: { readonly rows: Rows; readonly targets: readonly number[] };
  readonly test: { readonly rows: Rows; readonly targets: readonly number[] };
}

/** What both print. */
export interface Outcome {
  readonly fitSeconds: number;
  /** of all threads */
  readonly fitCpuSeconds: number;
  readonly predictSeconds: number;
  readonly peakMegabytes: number;
  readonly rounds: number;
  /** AUROC and log loss, or RMSE and MAE */
  readonly metrics: Readonly<Record<string, number>>;
}

/** What this bench prints: a list of these. */
export interface TableResult extends Outcome {
  readonly split: string;
  readonly kind: Split['kind'];
  readonly contestant: string;
}

interface Flight {
  scheduled: string;
  inputs: (number | null)[];
  late: number;
  minutes: number;
}

const CATEGORIES = ['carrier', 'origin', 'dest'];
const NUMBERS = [
  ...['distance_miles', 'hour', 'plane_year', 'seats', 'engines', 'temp_f', 'dewpoint_f', 'humidity'],
  ...['wind_mph', 'precip_in', 'pressure_mb', 'visibility_mi'],
];

const { values: options } = parseArgs({
  options: {
    flights: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    seed: { type: 'string', default: '42' },
    engines: { type: 'string', default: 'trees,linear' },
    splits: { type: 'string', default: 'random,before July,before October' },
  },
});
if (!options.flights) throw new Error('--flights FILE is needed');

const { flights, columns } = readFlights(options.flights);
const before = (month: string) => divide(flights, ({ scheduled }) => scheduled < `2013-${month}`);
const splits = Object.entries({
  random: atRandom(flights),
  'before July': before('07'),
  'before October': before('10'),
}).filter(([name]) => options.splits.split(',').includes(name));
const folder = mkdtempSync(join(tmpdir(), 'epochlog-bench-'));
try {
  const { python } = pythonForEngines();
  const results = splits.flatMap(([split, parts]) =>
    (['binary', 'regression'] as const).flatMap((kind): TableResult[] => {
      const file = join(folder, `${split}-${kind}.json`.replace(' ', '-'));
      writeFileSync(file, JSON.stringify(splitOf(kind, parts)));
      return contest(python, file).map((outcome) => ({ split, kind, ...outcome }));
    }),
  );
  console.log(JSON.stringify(results, null, 2));
  for (const { split, kind, contestant, fitSeconds, fitCpuSeconds, rounds, metrics } of results) {
    const numbers = Object.entries(metrics).map(([name, value]) => `${name} ${value.toFixed(4)}`);
    const cells = [split, kind, contestant].map((cell) => cell.padEnd(16)).join('');
    console.error(
      `${cells}${fitSeconds.toFixed(2)} s  ${fitCpuSeconds.toFixed(2)} s of CPU  ${rounds} rounds  ${numbers.join('  ')}`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}

function contest(python: string, file: string): ({ contestant: string } & Outcome)[] {
  const ours = join(import.meta.dirname, 'engine-contestant.ts');
  const theirs = join(import.meta.dirname, 'table-contestants.py');
  const contestants = [
    ...['scikit-learn', 'lightgbm'].map((name) => [name, python, theirs] as const),
    ...options.engines.split(',').map((name) => [name, process.execPath, ours] as const),
  ];
  const turns = Array.from({ length: Number(options.rounds) }, () =>
    contestants.map(([name, command, script]): Outcome => jsonFrom(command, [script, file, name])),
  );
  return contestants.map(([contestant], at) => ({
    contestant,
    ...turns.map((turn) => turn[at]!).reduce((a, b) => (b.fitSeconds < a.fitSeconds ? b : a)),
  }));
}

function readFlights(file: string): { flights: Flight[]; columns: ColumnKind[] } {
  const [head = '', ...lines] = gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split('\n');
  const names = head.trim().split(',');
  const records = lines
    .map((line) => line.trim().split(','))
    .map((cells) => Object.fromEntries(names.map((name, at) => [name, cells[at] ?? ''])))
    .filter(({ arrival }) => arrival !== '');
  const codes = CATEGORIES.map((name) => {
    const values = [...new Set(records.map((record) => record[name]!))].sort();
    return new Map(values.map((value, code) => [value, code]));
  });
  const columns: ColumnKind[] = [
    ...codes.map(({ size }) => ({ kind: 'category', categories: size }) as const),
    ...NUMBERS.map(() => ({ kind: 'number' }) as const),
  ];
  const flights = records.map((record) => ({
    scheduled: record.scheduled!,
    inputs: [
      ...CATEGORIES.map((name, at) => codes[at]!.get(record[name]!)!),
      ...NUMBERS.map((name) => (record[name] === '' ? null : Number(record[name]))),
    ],
    late: record.arrival === 'late' ? 1 : 0,
    minutes: Number(record.arrival_delay_min),
  }));
  return { flights, columns };
}

type Parts = readonly [train: Flight[], test: Flight[]];

function divide(all: readonly Flight[], isTrain: (flight: Flight) => boolean): Parts {
  return [all.filter(isTrain), all.filter((flight) => !isTrain(flight))];
}

/** 80/20, stratified by class. */
function atRandom(all: readonly Flight[]): Parts {
  const random = seededRandom(Number(options.seed));
  const test = new Set(
    [0, 1].flatMap((late) => {
      const own = shuffle(
        all.filter((flight) => flight.late === late),
        random,
      );
      return own.slice(0, Math.round(own.length / 5));
    }),
  );
  return divide(all, (flight) => !test.has(flight));
}

function splitOf(kind: Split['kind'], [train, test]: Parts): Split {
  const part = (rows: readonly Flight[]) => ({
    rows: rows.map(({ inputs }) => inputs),
    targets: rows.map(({ late, minutes }) => (kind === 'binary' ? late : minutes)),
  });
  return { kind, columns, train: part(train), test: part(test) };
}
