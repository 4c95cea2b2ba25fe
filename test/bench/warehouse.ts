// What questions about many predictions cost: time and the most memory that the embedded ClickHouse took.
//
//   node test/bench/warehouse.ts [--predictions 20000000] [--memory MB] [--folder DIR]
//
// The rows are generated, of one seed: two months of a model with five labels and three versions, a twentieth of them in a
// canary, half with an outcome (some twice, some late). `predictions` is filled by INSERT … SELECT … FROM numbers() with its real
// columns, in blocks of a million; the other tables from its rows, day by day, with what their views make of events. Left out are
// the log, the encoding of events, and the table `events`, which no question here reads: for their rate, see projection.ts.
// Each question is asked when its files are out of the cache of the operating system, and three times more. A table goes to
// stderr, JSON to stdout. With --folder the tables stay there, and are used when they are there already.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { startEngine } from '../../infra/warehouse/embedded/start.ts';
import { migrate } from '../../infra/warehouse/migrate.ts';
import { namedQueries } from '../../infra/warehouse/named.ts';
import { openClickHouse } from '../../infra/warehouse/open.ts';
import { PROJECTIONS } from '../../infra/warehouse/projections.ts';
import { NO_LOGGER } from '../../kernel/logger.ts';
import type { NamedQuery, QueryLimits, Warehouse } from '../../kernel/ports/warehouse.ts';
import { temporaryFolder } from '../harness/folder.ts';

const BLOCK = 1_000_000;
const DAYS = 60;
const BYTES_A_PREDICTION = 400;
const MODEL = 'flights';
const DEPLOYMENT = '01930000-0000-7000-8000-00000000dddd';
const USER: QueryLimits = { seconds: 60, resultRows: 10_000, memoryBytes: 200_000_000 };

const { values: options } = parseArgs({
  options: {
    predictions: { type: 'string', default: '20000000' },
    memory: { type: 'string' },
    folder: { type: 'string' },
  },
});
const predictions = Number(options.predictions);

/** Bits of a row, as a number in [0, 1). */
const uniform = (bits: string, from: number): string =>
  `(bitAnd(bitShiftRight(${bits}, ${from}), 65535) / 65536)`;
/** Two months, in order. */
const AT = `toDateTime64('2026-01-01 00:00:00', 3, 'UTC') + toIntervalMillisecond(intDiv(number * 5184000000, ${predictions}))`;
/** UUIDv7 of a row's moment and hash. */
const uuid = (hash: string): string =>
  `concat(substring(moment, 1, 8), '-', substring(moment, 9, 4), '-7', substring(${hash}, 1, 3), '-8', substring(${hash}, 4, 3), '-', substring(${hash}, 7, 12))`;

const CANARY = `(intDiv(number * 40, ${predictions}) IN (19, 20))`;

const PREDICTIONS = `
  INSERT INTO predictions
  SELECT ${uuid('substring(input, 1, 18)')}, if(number % 3 = 0, concat('flight-', toString(number)), NULL), '${MODEL}',
    multiIf(${CANARY} AND ${uniform('b', 0)} < 0.5, 'v3.0.0', number < ${predictions / 2}, 'v1.0.0', 'v2.0.0') AS version,
    ['on time', 'late', 'very late', 'cancelled', 'diverted'][1 + toUInt8(5 * pow(${uniform('a', 0)}, 2))], NULL,
    0.5 + ${uniform('a', 16)} / 2 AS confidence, 0.4 - (1 + (version = 'v2.0.0') / 10) * log(1 - ${uniform('a', 32)} + bitAnd(b, 1023) / 67108864),
    map('late', confidence, 'on time', 1 - confidence),
    concat('{"distance":', toString(400 + toUInt32(800 * ${uniform('b', 16)} + number / ${predictions} * 60)), ',"textLength":',
      toString(50 + bitAnd(b, 511)), ',"origin":"', ['EWR', 'JFK', 'LGA'][1 + a % 3], '"}'),
    if(${CANARY}, if(version = 'v3.0.0', 'candidate', 'production'), NULL), if(a % 5 = 0, 'infer', 'predict'), concat(input, reverse(input)), NULL,
    'production', 1, at, at, ${uuid('substring(input, 15, 18)')}, 'epochlog.predictions', number % 4, intDiv(number, 4)
  FROM
  (
    SELECT number, ${AT} AS at, hex(toUInt64(toUnixTimestamp64Milli(at)) * 65536) AS moment, sipHash64(number) AS a,
      intHash64(number) AS b, lower(concat(hex(a), hex(b))) AS input
    FROM numbers({from:UInt64}, {count:UInt64})
  )`;

/** Of the rows of a day, what the view of that name makes of events. */
const OF_A_DAY =
  "FROM predictions WHERE served_at >= {day:DateTime('UTC')} AND served_at < {day:DateTime('UTC')} + INTERVAL 1 DAY";
const MINUTES = `
  INSERT INTO prediction_minutes
  SELECT counted.1, model, environment, toStartOfMinute(served_at) AS minute, version, coalesce(variant, ''), route, counted.2, counted.3, 1
  ${OF_A_DAY.replace('FROM predictions', `FROM (SELECT *, arrayJoin([('latency', '', toUInt32(bitShiftRight(reinterpretAsUInt64(latency_ms), 45))), ('label', label, 0), ('confidence', '', toUInt32(floor(100 * coalesce(confidence, 0))))]) AS counted FROM predictions)`)}`;
const ARMS = `
  INSERT INTO deployment_predictions
  SELECT '${DEPLOYMENT}', 2, coalesce(variant, ''), request_id, version, label, value, confidence, latency_ms,
    if(sipHash64(request_id) % 250 = 0, 'INFERENCE_FAILED', NULL), served_at, event_id, topic, partition, offset
  ${OF_A_DAY} AND variant IS NOT NULL`;
/** Half of the predictions have one, a twentieth of these a second; a third of them come up to a month later. */
const OUTCOMES = `
  INSERT INTO outcomes
  SELECT request_id, if(h % 5 = 0, 'late', label), NULL, reported, 'system', reported, event_id, 'epochlog.outcomes', partition, 2 * offset + again
  FROM
  (
    SELECT request_id, label, event_id, partition, offset, sipHash64(request_id) AS h,
      served_at + toIntervalSecond(if(bitAnd(h, 192) = 0, 2592000, 3600) * ${uniform('h', 16)}) AS reported,
      arrayJoin(if(bitAnd(h, 62) = 2, [0, 1], [0])) AS again
    ${OF_A_DAY} AND bitAnd(sipHash64(request_id), 1) = 0
  )`;

const run = promisify(execFile);
const megabytes = (bytes: number) => Math.round(bytes / 1e6);

/** The most memory of the engine since the last call, in MB. Linux. */
function peakOf(pid: number): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  return megabytes(Number(kilobytes) * 1024);
}

async function fill(warehouse: Warehouse, pid: number): Promise<void> {
  const filled = async (
    table: string,
    statements: Iterable<Readonly<Record<string, unknown>>>,
    sql: string,
  ) => {
    const start = performance.now();
    for (const params of statements) await warehouse.command(sql, params);
    const [row] = await warehouse.query<{ n: number }>(`SELECT count() AS n FROM ${table}`);
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    console.error(
      `${table}: ${row!.n.toLocaleString('en')} rows in ${seconds} s, engine at most ${peakOf(pid)} MB`,
    );
  };
  const blocks = Array.from({ length: Math.ceil(predictions / BLOCK) }, (_, i) => ({
    from: i * BLOCK,
    count: Math.min(BLOCK, predictions - i * BLOCK),
  }));
  const days = Array.from({ length: DAYS }, (_, i) => ({ day: new Date(Date.UTC(2026, 0, 1 + i)) }));
  await filled('predictions', blocks, PREDICTIONS);
  await filled('prediction_minutes', days, MINUTES);
  await filled('deployment_predictions', days, ARMS);
  await filled('outcomes', days, OUTCOMES);
}

/** CPU milliseconds of the engine so far. Linux counts hundredths of a second. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

interface Question {
  what: string;
  ask(): Promise<readonly object[]>;
}

function questions(query: NamedQuery, warehouse: Warehouse, request: string): Question[] {
  const named = (what: string, name: string, params: object): Question => ({
    what: `${what} (${name})`,
    ask: () => query(name, { ...params }),
  });
  const sql = (what: string, text: string, params: Readonly<Record<string, unknown>> = {}): Question => ({
    what,
    ask: () => warehouse.query(text, params, USER),
  });
  const all = {
    model: MODEL,
    version: null,
    variant: null,
    route: null,
    environment: 'production',
    from: null,
    to: null,
  };
  const list = { ...all, task: null, label: null, labelled: null, instanceId: null, limit: 50 };
  const until = Object.fromEntries(
    ['predictions', 'outcomes'].flatMap((stream) =>
      [0, 1, 2, 3].map((n) => [`epochlog.${stream}/${n}`, 1e9]),
    ),
  );
  const day = { from: '2026-02-01T00:00:00Z', to: '2026-02-02T00:00:00Z' };
  return [
    named('percentiles and errors by version', 'latency/percentiles', { ...all, by: ['version'], limit: 50 }),
    named('the same by version, route, day', 'latency/percentiles', {
      ...all,
      by: ['version', 'route', 'day'],
      limit: 500,
    }),
    named('the same of a day by minute', 'latency/percentiles', {
      ...all,
      ...day,
      by: ['version', 'minute'],
      limit: 5000,
    }),
    sql(
      'percentiles by version from single rows, for comparison',
      'SELECT version, quantilesDD(0.01, 0.5, 0.95, 0.99)(latency_ms) FROM predictions GROUP BY version',
    ),
    named('quality with late outcomes, all', 'quality/by-version', { ...all, limit: 50 }),
    named('the same of a day', 'quality/by-version', { ...all, ...day, limit: 50 }),
    named('a stage of a canary, 5 % of the rows', 'deployments/arms', {
      deploymentId: DEPLOYMENT,
      stage: 2,
      until,
    }),
    named('the guard of production, a day', 'deployments/guard', {
      model: MODEL,
      version: 'v2.0.0',
      since: Date.parse('2026-02-28'),
      until,
    }),
    sql('PSI of labels, months beside each other, from counts of minutes', psi('label', 'item')),
    sql('PSI of confidence in hundredths, the same', psi('confidence', 'bucket')),
    sql('PSI of a feature in deciles, from single rows', PSI_OF_FEATURE),
    named('the newest predictions', 'predictions/list', list),
    named('the newest that have an outcome', 'predictions/list', { ...list, labelled: true }),
    named('predictions of one instance', 'predictions/list', { ...list, instanceId: 'flight-3000' }),
    sql('one prediction by its request', 'SELECT * FROM predictions WHERE request_id = {request:String}', {
      request,
    }),
  ];
}

const psi = (measure: string, by: string): string => `
  SELECT sum((p - q) * log(p / q)) AS psi FROM
  (
    SELECT (sumIf(n, minute < '2026-01-31') + 0.5) / (sum(sumIf(n, minute < '2026-01-31')) OVER () + 0.5) AS q,
      (sumIf(n, minute >= '2026-01-31') + 0.5) / (sum(sumIf(n, minute >= '2026-01-31')) OVER () + 0.5) AS p
    FROM prediction_minutes WHERE measure = '${measure}' AND model = '${MODEL}' GROUP BY ${by}
  )`;

const FEATURE = "JSONExtractFloat(features, 'distance')";
const PSI_OF_FEATURE = `
  WITH (SELECT quantilesTDigest(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)(${FEATURE}) FROM predictions WHERE served_at < '2026-01-04') AS edges
  SELECT sum((p - q) * log(p / q)) AS psi FROM
  (
    SELECT countIf(served_at < '2026-01-31') / sum(countIf(served_at < '2026-01-31')) OVER () AS q,
      countIf(served_at >= '2026-01-31') / sum(countIf(served_at >= '2026-01-31')) OVER () AS p
    FROM predictions GROUP BY arrayCount(edge -> edge <= ${FEATURE}, edges)
  )`;

/** Takes the files of the tables out of the cache of the operating system. Linux. */
const forget = (folder: string) =>
  run('find', [
    join(folder, 'data'),
    '-type',
    'f',
    '-size',
    '+4k',
    '-exec',
    'dd',
    'if={}',
    'iflag=nocache',
    'count=0',
    'status=none',
    ';',
  ]);

interface Answer {
  what: string;
  rows: number;
  coldMs: number;
  warmMs: number;
  /** of the engine, of a warm one */
  cpuMs: number;
  peakMb: number;
  failed?: string;
}

async function asked({ what, ask }: Question, pid: number, folder: string): Promise<Answer> {
  await forget(folder);
  peakOf(pid);
  const timed = async () => {
    const start = performance.now();
    const rows = await ask();
    return { rows: rows.length, ms: Math.round(performance.now() - start) };
  };
  try {
    const cold = await timed();
    const before = cpuOf(pid);
    const warm = [await timed(), await timed(), await timed()].map(({ ms }) => ms).sort((a, b) => a - b);
    const cpuMs = Math.round((cpuOf(pid) - before) / 3);
    return { what, rows: cold.rows, coldMs: cold.ms, warmMs: warm[1]!, cpuMs, peakMb: peakOf(pid) };
  } catch (error) {
    return {
      what,
      rows: 0,
      coldMs: 0,
      warmMs: 0,
      cpuMs: 0,
      peakMb: peakOf(pid),
      failed: String(error).slice(0, 200),
    };
  }
}

/** Bytes of each table of predictions on the disk, and of the columns of the largest. */
async function sizes(warehouse: Warehouse): Promise<void> {
  const tables = await warehouse.query<{ name: string; rows: number; bytes: number; parts: number }>(
    `SELECT table AS name, sum(parts.rows) AS rows, sum(bytes_on_disk) AS bytes, count() AS parts FROM system.parts AS parts
     WHERE active AND database = currentDatabase() AND parts.rows > 1000 GROUP BY table ORDER BY bytes DESC`,
  );
  for (const { name, rows, bytes, parts } of tables)
    console.error(
      `${name.padEnd(24)}${rows.toLocaleString('en').padStart(12)} rows ${(bytes / rows).toFixed(1).padStart(7)} B a row ${String(megabytes(bytes)).padStart(6)} MB ${parts} parts`,
    );
  const columns = await warehouse.query<{ name: string; bytes: number }>(
    `SELECT name, data_compressed_bytes AS bytes FROM system.columns
     WHERE database = currentDatabase() AND table = 'predictions' ORDER BY bytes DESC`,
  );
  console.error(
    `of predictions: ${columns.map(({ name, bytes }) => `${name} ${(bytes / predictions).toFixed(1)}`).join(', ')}`,
  );
}

async function main(): Promise<void> {
  await using temporary = options.folder === undefined ? await temporaryFolder('warehouse') : undefined;
  const folder = options.folder ?? temporary!.path;
  const isThere = existsSync(join(folder, 'data'));
  const { bavail, bsize } = await statfs(isThere ? folder : tmpdir());
  if (!isThere && bavail * bsize < 2 * predictions * BYTES_A_PREDICTION)
    throw new Error(
      `${megabytes(2 * predictions * BYTES_A_PREDICTION)} MB of disk are needed, twice what the tables take`,
    );
  const memoryBytes = options.memory === undefined ? undefined : Number(options.memory) * 2 ** 20;
  const engine = await startEngine(folder, NO_LOGGER, { memoryBytes });
  const warehouse = await openClickHouse(engine, 'epochlog');
  try {
    if (!isThere) {
      await migrate(warehouse, PROJECTIONS);
      await fill(warehouse, engine.pid!);
    }
    await sizes(warehouse);
    const [row] = await warehouse.query<{ request_id: string }>(
      'SELECT request_id FROM predictions LIMIT 1 OFFSET 12345',
    );
    const answers: Answer[] = [];
    for (const question of questions(
      await namedQueries(warehouse, PROJECTIONS),
      warehouse,
      row!.request_id,
    )) {
      const answer = await asked(question, engine.pid!, folder);
      answers.push(answer);
      const { what, rows, coldMs, warmMs, cpuMs, peakMb, failed } = answer;
      console.error(
        `${what.padEnd(72)}${failed ?? `${String(coldMs).padStart(7)} ms cold ${String(warmMs).padStart(6)} ms warm ${String(cpuMs).padStart(6)} ms CPU ${String(peakMb).padStart(5)} MB  ${rows} rows`}`,
      );
    }
    console.log(JSON.stringify({ predictions, answers }));
  } finally {
    await warehouse.close();
    await engine.stop();
  }
}

await main();
