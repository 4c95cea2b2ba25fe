import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseSettings } from '@clickhouse/client';
import { EpochlogError } from '../../kernel/errors.ts';
import { PartitionMap } from '../../kernel/partitions.ts';
import type { Position } from '../../kernel/ports/log.ts';
import type {
  AnswerFormat,
  BinaryRows,
  InsertOptions,
  QueryLimits,
  Warehouse,
} from '../../kernel/ports/warehouse.ts';
import { type Client, CONNECTIONS, Connection, type Endpoint, placeOf } from './connection.ts';
import { warehouseError } from './errors.ts';
import { blocksOf } from './inserts.ts';
import { replicated } from './replicated.ts';
import { dropScratches, scratchName } from './scratch.ts';
import { Slots } from './slots.ts';
import { asFile, explained, overrun, queryOf, readOnly } from './user-sql.ts';

/** Queries of users that run at once on the engine of this machine, and that wait. */
const USER_SLOTS = 2;
const USER_QUEUE = 100;
/** ClickHouse looks at the time limit between blocks of rows only: later than this the caller gives up. */
const OVERRUN_MS = 2_000;
/** Age at which an abandoned scratch database is dropped. */
const SCRATCH_KEPT_MS = 24 * 3_600_000;

/** A batch may reach over many months of a table that is partitioned by month: history that is imported, or a rebuild. */
const ANY_PARTITIONS: ClickHouseSettings = { max_partitions_per_insert_block: '0' };

/** ClickHouse writes a block atomically: these settings make one block of all rows of a request (up to 256 MB). */
const ONE_BLOCK: ClickHouseSettings = {
  async_insert: 0,
  max_threads: 1,
  input_format_parallel_parsing: 0,
  ...ANY_PARTITIONS,
  deduplicate_blocks_in_dependent_materialized_views: 1,
};

/**
 * The embedded engine fills two views of an insert at a time: one is planned while the other waits for the disk. By ClickHouse's
 * own rule, which is meant for reading, the engine has too little memory for a second thread.
 */
const TWO_VIEWS: ClickHouseSettings = {
  parallel_view_processing: 1,
  max_threads: 2,
  max_threads_min_free_memory_per_thread: '0',
};
/** A larger block costs what its rows cost; its projector encodes the next one on the other core. */
const MAX_TWO_VIEWS_BYTES = 1_000_000;

/** An insert is acknowledged by a quorum of replicas: else it could be lost with one of them. */
const QUORUM: ClickHouseSettings = { insert_quorum: 'auto', insert_quorum_timeout: 60_000 };

/** A long statement sends progress headers before the idle timeout. */
const PROGRESS: ClickHouseSettings = {
  send_progress_in_http_headers: 1,
  http_headers_progress_interval_ms: '60000',
};

/** DDL does not wait for a replica that is down: the replica applies it when it is back. */
const WITHOUT_WAITING: ClickHouseSettings = { distributed_ddl_output_mode: 'null_status_on_timeout' };

/** A batch is in `events` once it is in all other projections, and batches of a partition follow each other. */
const REACHED = `
  SELECT 1 FROM events WHERE topic = {topic:String} AND partition = {partition:UInt16} AND offset >= {offset:UInt64} LIMIT 1
  SETTINGS select_sequential_consistency = 1`;
const WAIT_INTERVAL_MS = 10;

/** Databases are named `epochlog…`: the embedded engine grants no other, and the name needs no quoting. */
export function checkedName(database: string): string {
  if (/^epochlog\w*$/.test(database)) return database;
  throw new EpochlogError(
    'CONFIG_INVALID',
    `a database must be named epochlog…, of letters, digits and _: ${database}`,
  );
}

/** A database of a ClickHouse. The same adapter serves a server and the embedded engine. */
export class ClickHouse implements Warehouse {
  readonly database: string;
  readonly #endpoint: Endpoint;
  readonly #connection: Connection;
  readonly #isScratch: boolean;
  #userSlots: Slots | undefined;

  constructor(endpoint: Endpoint, database: string, isScratch = false) {
    this.database = database;
    this.#endpoint = endpoint;
    this.#connection = new Connection(endpoint, database);
    this.#isScratch = isScratch;
  }

  async query<Row>(sql: string, params?: Bound, limits?: QueryLimits): Promise<Row[]> {
    if (limits)
      return this.#ofUser(sql, limits, async (users, abort) => {
        const settings = readOnly(limits);
        const request = { query: queryOf(sql), format: 'JSONEachRow', ...bound(params) } as const;
        return (await users.query({ ...request, ...abort, clickhouse_settings: settings })).json<Row>();
      });
    return this.#attempt(async ({ own, abortable }) => {
      const result = await own.query({ query: sql, format: 'JSONEachRow', ...abortable, ...bound(params) });
      return result.json<Row>();
    });
  }

  answer(
    sql: string,
    format: AnswerFormat,
    params: Bound,
    limits: QueryLimits,
  ): Promise<AsyncIterable<Uint8Array>> {
    return this.#ofUser(sql, limits, async (users, abort) => {
      const { query, settings } = asFile(sql, format, limits);
      const request = { query, clickhouse_settings: settings, ...bound(params) };
      return (await users.exec({ ...request, ...abort })).stream;
    });
  }

  async insert(
    table: string,
    rows: readonly object[],
    token: string,
    options?: InsertOptions,
  ): Promise<void> {
    const lines = rows.map((row) => `${JSON.stringify(row)}\n`);
    let end = 0;
    const ends = lines.map((line) => {
      end += line.length;
      return end;
    });
    const text = lines.join('');
    const slice = (from: number, to: number) => text.slice(from, to);
    await this.#insert(`INSERT INTO ${table} FORMAT JSONEachRow`, { ends, slice }, token, options);
  }

  async insertBinary(
    table: string,
    columns: readonly string[],
    { bytes, ends }: BinaryRows,
    token: string,
    options?: InsertOptions,
  ): Promise<void> {
    const names = columns.map((column) => `\`${column}\``).join(', ');
    const slice = (from: number, to: number) => bytes.subarray(from, to);
    await this.#insert(`INSERT INTO ${table} (${names}) FORMAT RowBinary`, { ends, slice }, token, options);
  }

  async waitFor(events: readonly Position[], signal: AbortSignal): Promise<void> {
    const last = new PartitionMap<Position>();
    for (const event of events) if ((last.get(event)?.offset ?? -1) < event.offset) last.set(event, event);
    for (const { topic, partition, offset } of last.values()) {
      const params = { topic, partition, offset };
      while ((await this.query(REACHED, params)).length === 0)
        await sleep(WAIT_INTERVAL_MS, undefined, { signal });
    }
  }

  async command(sql: string, params?: Bound): Promise<void> {
    await this.#attempt(({ own, replicates, abortable }) =>
      own.command({
        query: replicates ? replicated(sql) : sql,
        ...abortable,
        ...bound(params),
        clickhouse_settings: {
          ...PROGRESS,
          ...ANY_PARTITIONS,
          ...(replicates && { ...QUORUM, ...WITHOUT_WAITING }),
        },
      }),
    );
  }

  async scratch(name: string): Promise<Warehouse> {
    const oldest = Date.now() - SCRATCH_KEPT_MS;
    await dropScratches(this, ({ prefix, createdAt }) => prefix === name && createdAt < oldest);
    const database = scratchName(checkedName(name));
    await this.command(`CREATE DATABASE ${database} ENGINE = Atomic`);
    const scratch = new ClickHouse(this.#endpoint, database, true);
    const close = scratch.close.bind(scratch);
    scratch.close = async () => {
      await close();
      await this.command(`DROP DATABASE IF EXISTS ${checkedName(database)} SYNC`);
    };
    return scratch;
  }

  async ping(): Promise<void> {
    await this.query('SELECT 1');
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  #slots(): Slots {
    const { embedded } = this.#connection.get().server;
    this.#userSlots ??= new Slots(embedded ? USER_SLOTS : CONNECTIONS, USER_QUEUE);
    return this.#userSlots;
  }

  /** Runs SQL that a user wrote, in a slot, and says in their words what is wrong with it. */
  #ofUser<T>(
    sql: string,
    limits: QueryLimits,
    run: (users: Client, abort: { abort_signal: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    const attempt = () => {
      const late = AbortSignal.timeout(limits.seconds * 1000 + OVERRUN_MS);
      return this.#attempt(async ({ users, server }) => {
        const abort_signal = server.signal ? AbortSignal.any([late, server.signal]) : late;
        return run(users, { abort_signal }).catch(async (error: unknown) => {
          if (late.aborted) throw overrun(limits, OVERRUN_MS);
          throw (await explained(error, sql, limits, this)) ?? error;
        });
      }, 'analyst');
    };
    return this.#slots().use(attempt, full, limits.seconds * 1000);
  }

  async #insert(
    sql: string,
    { ends, slice }: EncodedRows,
    token: string,
    { inSequence = false }: InsertOptions = {},
  ): Promise<void> {
    if (ends.length === 0) return;
    await this.#attempt(async (connected) => {
      const quorum: ClickHouseSettings = connected.replicates
        ? { ...QUORUM, insert_quorum_parallel: inSequence ? 0 : 1 }
        : {};
      for (const block of blocksOf(ends, token)) {
        const isSmall = block.to - block.from <= MAX_TWO_VIEWS_BYTES;
        const settings = {
          ...ONE_BLOCK,
          ...(connected.server.embedded && isSmall && TWO_VIEWS),
          ...quorum,
          insert_deduplication_token: block.token,
        };
        await sendBlock(connected, sql, slice(block.from, block.to), settings);
      }
    });
  }

  async #attempt<T>(request: (connected: Attempted) => Promise<T>, as?: 'analyst'): Promise<T> {
    const connected = this.#connection.get();
    const { server } = connected;
    const abortable = server.signal ? { abort_signal: server.signal } : {};
    try {
      return await request({
        ...connected,
        abortable,
        replicates: server.replicated === true && !this.#isScratch,
      });
    } catch (error) {
      throw warehouseError(error, placeOf({ ...server, ...(as && server.analyst) }));
    }
  }
}

/** Rows in a format of ClickHouse in which rows may follow each other. */
interface EncodedRows {
  ends: readonly number[];
  slice(from: number, to: number): string | Uint8Array;
}

type Bound = Readonly<Record<string, unknown>>;
const bound = (params?: Bound) => params && { query_params: { ...params } };

type Attempted = ReturnType<Connection['get']> & {
  abortable: { abort_signal?: AbortSignal };
  /** whether what it creates has replicas */
  replicates: boolean;
};

async function sendBlock(
  { own, abortable }: Attempted,
  query: string,
  body: string | Uint8Array,
  settings: ClickHouseSettings,
): Promise<void> {
  const values = Readable.from([body], { objectMode: false });
  const { stream } = await own.exec({ query, values, ...abortable, clickhouse_settings: settings });
  await finished(stream.resume());
}

const full = (): EpochlogError =>
  new EpochlogError(
    'WAREHOUSE_UNAVAILABLE',
    'too many queries of users run and wait already: try again later',
  );
