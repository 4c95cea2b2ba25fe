// The projector beside ClickHouse's own consumer, its Kafka table engine, on the same broker and the same engine.
//
//   node test/bench/kafka-engine.ts [--papers FILE] [--records 60000] [--rounds 3] [--kills 3]
//
// Starts its own broker and ClickHouse. Both make a row of `events` and a row of `records` of each record; the table engine leaves
// out the fields of a paper and its JSON, since it reads no Avro map of several types. Measured are rows a second from the first
// row to the last, and the time until the first; then, with the engine killed (-9) --kills times on the way, how often each record is there. A table
// goes to stderr, JSON to stdout. Java 17 and Maven.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { migrate } from '../../infra/warehouse/migrate.ts';
import { PROJECTIONS } from '../../infra/warehouse/projections.ts';
import { temporaryWarehouse, type WarehouseUnderTest } from '../../infra/warehouse/testing/temporary.ts';
import { systemCodeOf } from '../../kernel/errors.ts';
import type { SchemaRegistry } from '../../kernel/ports/registry.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { service as projector } from '../../services/projector/service.ts';
import { startServices } from '../harness/services.ts';
import { papersFrom } from './facts.ts';
import { type Bench, PAPERS, startBench } from './kafka/bench.ts';

const LOOK_MS = 20;
const TIMEOUT_MS = 120_000;

const { values: options } = parseArgs({
  options: {
    papers: { type: 'string' },
    records: { type: 'string', default: '60000' },
    rounds: { type: 'string', default: '3' },
    kills: { type: 'string', default: '3' },
  },
});
const RECORDS = Number(options.records);

/** Answers what the table engine asks of a schema registry. */
async function serveSchemas(registry: SchemaRegistry, stack: AsyncDisposableStack): Promise<string> {
  const server = createServer(async ({ url = '' }, response) => {
    const id = Number(/^\/schemas\/ids\/(\d+)/.exec(url)?.[1]);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ schema: await registry.schemaOf(id) }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  stack.defer(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const header = (name: string) => `_headers.value[indexOf(_headers.name, '${name}')]`;

/** The same two tables, filled by the table engine. */
async function startTableEngine({ brokers, freshName }: Bench, warehouse: Warehouse, registry: string) {
  await warehouse.command(`
    CREATE TABLE queue (task String, recordId String, time Nullable(String), taskVersion String, collectionId String, line Int64)
    ENGINE = Kafka
    SETTINGS kafka_broker_list = '${brokers.join(',')}', kafka_topic_list = '${PAPERS}', kafka_group_name = '${freshName()}',
      kafka_format = 'AvroConfluent', format_avro_schema_registry_url = '${registry}', kafka_max_block_size = 65536`);
  await warehouse.command(`
    CREATE MATERIALIZED VIEW queue_records TO records AS
    SELECT task, recordId AS record_id, parseDateTime64BestEffortOrNull(queue.time, 3, 'UTC') AS time,
      taskVersion AS task_version, collectionId AS collection_id, line,
      parseDateTime64BestEffort(${header('ce_time')}, 3, 'UTC') AS ingested_at, ${header('ce_id')} AS event_id,
      _topic AS topic, _partition AS partition, _offset AS offset
    FROM queue`);
  await warehouse.command(`
    CREATE MATERIALIZED VIEW queue_events TO events AS
    SELECT _topic AS topic, _partition AS partition, _offset AS offset, ${header('ce_id')} AS id,
      ${header('ce_type')} AS type, 'records' AS stream, _key AS subject, ${header('ce_source')} AS source,
      parseDateTime64BestEffort(${header('ce_time')}, 3, 'UTC') AS time,
      toUInt64(${header('ce_sequence')}) AS sequence, ${header('ce_correlationid')} AS correlation_id
    FROM queue`);
  return async () => {
    for (const name of ['queue_events', 'queue_records', 'queue'])
      await warehouse.command(`DROP TABLE IF EXISTS ${name} SYNC`);
  };
}

async function startProjector({ freshStore }: Bench, warehouse: Warehouse) {
  const store = await freshStore();
  const services = await startServices([projector], { store, warehouse });
  return async () => {
    await services.close();
    await store.close();
  };
}

type Start = (bench: Bench, warehouse: Warehouse) => Promise<() => Promise<void>>;

interface Copies {
  rows: number;
  /** different records among them */
  records: number;
}

const copiesIn = async (warehouse: Warehouse): Promise<Copies> => {
  const sql = 'SELECT count() AS rows, uniqExact(partition, offset) AS records FROM records';
  const [copies] = await warehouse.query<Copies>(sql).catch(() => []); // the engine may be restarting
  return copies ?? { rows: 0, records: 0 };
};

/** Runs one of them on an empty database until all records are there. */
async function run<T>(
  { bench, under, start }: { bench: Bench; under: WarehouseUnderTest; start: Start },
  watch: (warehouse: Warehouse) => Promise<T>,
): Promise<T> {
  const warehouse = await under.warehouse.scratch('epochlog_bench');
  await migrate(warehouse, PROJECTIONS);
  const stop = await start(bench, warehouse);
  try {
    return await watch(warehouse);
  } finally {
    await stop();
    await warehouse.close();
  }
}

async function speed(warehouse: Warehouse) {
  const started = performance.now();
  let first: { at: number; rows: number } | undefined;
  for (;;) {
    const { rows } = await copiesIn(warehouse);
    const now = performance.now();
    if (rows > 0) first ??= { at: now, rows };
    if (rows >= RECORDS) {
      const { at, rows: before } = first!;
      const rest = rows === before ? null : Math.round((2 * 1_000 * (rows - before)) / (now - at));
      return { rowsPerSecond: rest, firstMs: Math.round(at - started), totalMs: Math.round(now - started) };
    }
    if (now - started > TIMEOUT_MS) throw new Error(`${rows} of ${RECORDS} records after ${TIMEOUT_MS} ms`);
    await sleep(LOOK_MS);
  }
}

/** Kills the engine at equal distances; what is there when nothing more comes. */
async function killed(warehouse: Warehouse, under: WarehouseUnderTest): Promise<Copies> {
  let kills = 0;
  let quietSince = performance.now();
  let last = 0;
  for (;;) {
    await sleep(LOOK_MS);
    const copies = await copiesIn(warehouse);
    if (kills < Number(options.kills) && copies.records > (RECORDS * kills) / Number(options.kills)) {
      if (kill(under.engine.pid)) kills += 1;
    }
    if (copies.rows !== last) quietSince = performance.now();
    last = copies.rows;
    if (copies.records >= RECORDS && performance.now() - quietSince > 5_000) return copies;
    if (performance.now() - quietSince > 60_000) return copies;
  }
}

function kill(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (systemCodeOf(error) === 'ESRCH') return false;
    throw error;
  }
}

await using stack = new AsyncDisposableStack();
const papers = await papersFrom(options.papers);
const bench = stack.use(await startBench(papers, RECORDS, 1));
const under = stack.use(await temporaryWarehouse());
const registry = await serveSchemas(bench.registry, stack);
const contestants: Readonly<Record<string, Start>> = {
  'epochlog, its projector': startProjector,
  "ClickHouse's Kafka table engine": (of, warehouse) => startTableEngine(of, warehouse, registry),
};
const results = [];
for (const [name, start] of Object.entries(contestants)) {
  const speeds = [];
  for (let round = 0; round < Number(options.rounds); round++)
    speeds.push(await run({ bench, under, start }, speed));
  const afterKills = await run({ bench, under, start }, (warehouse) => killed(warehouse, under));
  results.push({ name, speeds, afterKills });
  console.error(name);
  for (const { rowsPerSecond, firstMs, totalMs } of speeds)
    console.error(
      `  ${rowsPerSecond} rows/s after the first, which came after ${firstMs} ms; all after ${totalMs} ms`,
    );
  console.error(
    `  after ${options.kills} kills: ${afterKills.rows} rows of ${afterKills.records} records, of ${RECORDS}`,
  );
}
console.log(JSON.stringify(results));
