/**
 * PSI of many features of many predictions in ClickHouse beside Evidently, on the same frame in one run:
 * node test/bench/evidently.ts [--predictions 1000000] [--reference 100000] [--features 50]
 *
 * The frame is generated of one seed in ClickHouse, half of its features shifted, and written as Parquet for Evidently. What is timed is the
 * comparison: of Evidently the report (`DataDriftPreset` by PSI) on frames in memory, in the bins that it chooses; of epochlog
 * the deciles of the reference, the counts of both, and PSI with its p-value, on
 * tables on disk. That Evidently reads the files is told apart. Linux.
 */
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { startEngine } from '../../infra/warehouse/embedded/start.ts';
import { openClickHouse } from '../../infra/warehouse/open.ts';
import { NO_LOGGER } from '../../kernel/logger.ts';
import { psiTest } from '../../ml/drift/psi.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { jsonFrom, pythonWithEvidently } from './python.ts';
import { cpuOf, peakOf } from './warehouse/measuring.ts';

const { values } = parseArgs({
  options: {
    predictions: { type: 'string', default: '1000000' },
    reference: { type: 'string', default: '100000' },
    features: { type: 'string', default: '50' },
  },
});
const [predictions, references, features] = [values.predictions, values.reference, values.features].map(
  Number,
) as [number, number, number];
const BINS = 10;
const LIMITS = {
  seconds: 300,
  rows: 10_000_000,
  bytes: 10 * 2 ** 30,
  resultRows: 10_000_000,
  memoryBytes: 8 * 2 ** 30,
};
const names = Array.from({ length: features }, (_, at) => `f${at}`);
const python = pythonWithEvidently();

await using stack = new AsyncDisposableStack();
const folder = stack.use(await temporaryFolder('evidently')).path;
const engine = stack.adopt(await startEngine(join(folder, 'engine'), NO_LOGGER), (started) => started.stop());
const warehouse = await openClickHouse(engine, 'epochlog');
stack.defer(() => warehouse.close());
const pid = engine.pid!;

/** Normal numbers of a seed; every second feature is shifted by a tenth of a standard deviation for each that came before. */
const numbers = (rows: number, seed: number, shift: number) => {
  const columns = names.map((name, at) => {
    const uniform = (salt: number) =>
      `((cityHash64(number, ${at}, ${seed}, ${salt}) % 1000003) + 1) / 1000004`;
    const by = at % 2 === 0 ? 0 : (shift * at) / features;
    return `sqrt(-2 * log(${uniform(0)})) * cos(2 * pi() * ${uniform(1)}) + ${by} AS ${name}`;
  });
  return `SELECT ${columns.join(', ')} FROM numbers(${rows})`;
};
const frames = { reference: join(folder, 'reference.parquet'), current: join(folder, 'current.parquet') };
for (const [table, rows, seed, shift] of [
  ['reference', references, 1, 0],
  ['current', predictions, 2, 1],
] as const) {
  await warehouse.command(
    `CREATE TABLE ${table} ENGINE = MergeTree ORDER BY tuple() AS ${numbers(rows, seed, shift)}`,
  );
  const bytes = await warehouse.answer(`SELECT * FROM ${table}`, 'parquet', {}, LIMITS);
  await pipeline(bytes, createWriteStream(frames[table]));
}

peakOf(pid);
const cpuBefore = cpuOf(pid) + cpuOf(process.pid);
const started = performance.now();
const shares = Array.from({ length: BINS - 1 }, (_, at) => (at + 1) / BINS).join(', ');
const quantiles = names.map((name) => `quantilesExactInclusive(${shares})(${name}) AS ${name}`);
type Row = Record<string, number[]>;
const [edges] = await warehouse.query<Row>(`SELECT ${quantiles.join(', ')} FROM reference`);
/** How many are at or above each inner edge: comparisons of whole columns, which the engine does many at once. */
const counted = async (table: string) => {
  const sums = names.map(
    (name) => `[${edges![name]!.map((edge) => `sum(${name} >= ${edge})`).join(', ')}] AS ${name}`,
  );
  const [row] = await warehouse.query<Row>(`SELECT ${sums.join(', ')} FROM ${table}`);
  return row!;
};
const [before, now] = [await counted('reference'), await counted('current')];
const binsOf = (above: readonly (number | string)[], rows: number) => {
  const all = [rows, ...above.map(Number), 0];
  return all.slice(0, -1).map((count, at) => count - all[at + 1]!);
};
const measured = names.map((name) =>
  psiTest(binsOf(before[name]!, references), binsOf(now[name]!, predictions)),
);
const seconds = (performance.now() - started) / 1_000;
const own = {
  seconds,
  cpuSeconds: (cpuOf(pid) + cpuOf(process.pid) - cpuBefore) / 1_000,
  peakMb: peakOf(pid),
  columns: measured.length,
  largest: Math.max(...measured.map(({ psi }) => psi)),
};
const evidently = jsonFrom(python, [
  join(import.meta.dirname, 'evidently-contestant.py'),
  frames.reference,
  frames.current,
]);
console.log(
  JSON.stringify(
    { predictions, references, features, epochlog: own, evidently, times: evidently.seconds / seconds },
    null,
    2,
  ),
);
