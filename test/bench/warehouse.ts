// What questions about many predictions cost: time and the most memory that ClickHouse took.
//
//   node test/bench/warehouse.ts [--predictions 20000000] [--memory MB] [--folder DIR] [--rounds 3] [--only TEXT] [--server]
//
// The rows are generated, of one seed: two months of a model with five labels and three versions, a twentieth of them in a
// canary, half with an outcome (some twice, some late), half in an experiment. `predictions` is filled by INSERT … SELECT …
// FROM numbers() with its real columns, in blocks of a million; the other tables from its rows, day by day, with what their views
// make of events. Left out are the log, the encoding of events, and the table `events`, which no question here reads: for their
// rate, see projection.ts.
// Each question is asked when its files are out of the cache of the operating system, and some times more. A table goes to
// stderr, JSON to stdout. With --folder the tables stay there, and those that are there already are used. With --server the
// engine is asked as a server is: over TCP, by a user with a password. Linux.
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEngine } from '../../infra/warehouse/embedded/start.ts';
import { migrate } from '../../infra/warehouse/migrate.ts';
import { openClickHouse } from '../../infra/warehouse/open.ts';
import { PROJECTIONS } from '../../infra/warehouse/projections.ts';
import { NO_LOGGER } from '../../kernel/logger.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { startClickHouseServer } from '../harness/clickhouse-server.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { type Answer, asked, lineOf, megabytes, peakOf, sizes } from './warehouse/measuring.ts';
import { questionsOf } from './warehouse/questions.ts';
import { DAYS, FIRST_DAY, fillings } from './warehouse/rows.ts';

const BLOCK = 1_000_000;
const BYTES_A_PREDICTION = 400;

const { values: options } = parseArgs({
  options: {
    predictions: { type: 'string', default: '20000000' },
    memory: { type: 'string' },
    folder: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    server: { type: 'boolean', default: false },
  },
});
const predictions = Number(options.predictions);

async function fill(warehouse: Warehouse, pid: number): Promise<void> {
  const blocks = Array.from({ length: Math.ceil(predictions / BLOCK) }, (_, i) => ({
    from: i * BLOCK,
    count: Math.min(BLOCK, predictions - i * BLOCK),
  }));
  const days = Array.from({ length: DAYS }, (_, i) => ({ day: new Date(FIRST_DAY + i * 86_400_000) }));
  const rowsOf = async (table: string) =>
    (await warehouse.query<{ n: number }>(`SELECT count() AS n FROM ${table}`))[0]!.n;
  for (const { table, by, sql } of fillings(predictions)) {
    if ((await rowsOf(table)) > 0) continue;
    const start = performance.now();
    for (const params of by === 'block' ? blocks : days) await warehouse.command(sql, params);
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    const rows = (await rowsOf(table)).toLocaleString('en');
    console.error(`${table}: ${rows} rows in ${seconds} s, engine at most ${peakOf(pid)} MB`);
  }
}

async function main(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const folder = options.folder ?? stack.use(await temporaryFolder('warehouse')).path;
  const isThere = existsSync(join(folder, 'data'));
  const { bavail, bsize } = await statfs(isThere ? folder : tmpdir());
  const needed = 2 * predictions * BYTES_A_PREDICTION;
  if (!isThere && bavail * bsize < needed)
    throw new Error(`${megabytes(needed)} MB of disk are needed, twice what the tables take`);
  const memoryBytes = options.memory === undefined ? undefined : Number(options.memory) * 2 ** 20;
  const engine = options.server
    ? stack.use(await startClickHouseServer({ folder, memoryBytes }))
    : stack.adopt(await startEngine(folder, NO_LOGGER, { memoryBytes }), (started) => started.stop());
  const warehouse = await openClickHouse(engine, 'epochlog');
  stack.defer(() => warehouse.close());
  const pid = engine.pid!;
  if (!isThere) await migrate(warehouse, PROJECTIONS);
  await fill(warehouse, pid);
  for (const line of await sizes(warehouse)) console.error(line);
  const answers: Answer[] = [];
  for (const question of await questionsOf(warehouse)) {
    if (!question.what.includes(options.only)) continue;
    const answer = await asked(question, pid, folder, Number(options.rounds));
    answers.push(answer);
    console.error(lineOf(answer));
  }
  console.log(JSON.stringify({ predictions, answers }));
}

await main();
