import { join } from 'node:path';
import { openStore } from '../../cli/store.ts';
import { readConfig } from '../../infra/config/config.ts';
import { namedQueries } from '../../infra/warehouse/named.ts';
import { SYSTEM_CLOCK } from '../../kernel/clock.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import type { Position } from '../../kernel/ports/log.ts';
import type { BinaryRows, Warehouse } from '../../kernel/ports/warehouse.ts';
import type { Store } from '../../operations/session.ts';
import type { LoggedEvent, RecordedEvent, Running } from '../../schemas/catalogue.ts';
import { service as projector } from '../../services/projector/service.ts';
import { temporaryFolder } from './folder.ts';
import { type EmptyProjections, rowsOf } from './projections.ts';

type Start = Parameters<typeof projector.start>[0];

const PROJECTIONS = join(import.meta.dirname, '../../projections');

/** One log and one warehouse shared by several projectors, each of which is given what it polls. */
export interface SharedWarehouse extends AsyncDisposable {
  warehouse: Warehouse;
  store: Store;
  append(events: readonly RecordedEvent[]): Promise<Position[]>;
  /** A projector that writes to the warehouse, or to a proxy of it. */
  projector(through?: Warehouse): Promise<DrivenProjector>;
  /** The events at these positions, as a projector polls them. */
  at(positions: readonly Position[]): Promise<LoggedEvent[]>;
  rows(): Promise<Record<string, number>>;
}

/** A projector that is given what it polls. */
export interface DrivenProjector extends Required<Pick<Running, 'restored'>> {
  project(batch: readonly LoggedEvent[]): Promise<void>;
  /** Projects, and retries while the error is retriable, as the runtime does. */
  projectInTheEnd(batch: readonly LoggedEvent[]): Promise<void>;
}

export async function shareWarehouse(warehouse: EmptyProjections): Promise<SharedWarehouse> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder('shared'));
  stack.use(warehouse);
  const store = await openStore(readConfig({ home: folder.path }, {}), 'test');
  stack.defer(() => store.close());
  const { log, codec, events } = store;
  const ended = new AbortController();
  stack.defer(() => ended.abort());
  const owned = stack.move();
  return {
    warehouse,
    store,
    append: (recorded) => log.append(recorded.map(codec.encode)),
    async projector(through = warehouse) {
      const context: Partial<Start> = {
        settings: { pauseMs: 0 },
        events,
        warehouse: through,
        clock: SYSTEM_CLOCK,
        query: await namedQueries(through, PROJECTIONS),
        signal: ended.signal,
      };
      const { batch, restored } = await projector.start(context as Start);
      if (!batch || !restored) throw new Error('a projector projects and recalls');
      const project = async (events: readonly LoggedEvent[]) => {
        const { add, write } = await batch();
        for (const event of events) add(event);
        await write();
      };
      return { project, restored, projectInTheEnd: (batch) => retrying(() => project(batch)) };
    },
    at: (positions) =>
      Promise.all(
        positions.map(async (position) => {
          const [record] = await Array.fromAsync(events.range(position, position.offset + 1));
          if (!record)
            throw new Error(`nothing at ${position.topic}/${position.partition}@${position.offset}`);
          return (await events.decode(record))[0]!;
        }),
      ),
    rows: () => rowsOf(warehouse),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function retrying(step: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof EpochlogError && error.retriable)) throw error;
    }
  }
}

/** A proxy of a warehouse that can pause one insert, as if its process had been suspended. */
export interface PausableWarehouse {
  warehouse: Warehouse;
  /** Resolves when the next insert into the table is paused. */
  pauseAt(table: string): Promise<void>;
  /** Sends it; with an age, as if so many milliseconds had passed on the server meanwhile. */
  release(age?: number): void;
}

export function pausable(warehouse: Warehouse): PausableWarehouse {
  let table: string | undefined;
  let paused = Promise.withResolvers<void>();
  let released = Promise.withResolvers<number>();
  const pause = () => {
    table = undefined;
    paused.resolve();
    return released.promise;
  };
  return {
    warehouse: {
      database: warehouse.database,
      query: (sql, params, limits) => warehouse.query(sql, params, limits),
      answer: (...args) => warehouse.answer(...args),
      command: (sql, params) => warehouse.command(sql, params),
      waitFor: (...args) => warehouse.waitFor(...args),
      scratch: (name) => warehouse.scratch(name),
      ping: () => warehouse.ping(),
      close: () => warehouse.close(),
      async insert(into, rows, ...others) {
        const age = into === table ? await pause() : 0;
        await warehouse.insert(
          into,
          rows.map((row) => older(row, age)),
          ...others,
        );
      },
      async insertBinary(into, columns, rows, ...others) {
        if (into === table) olderRows(columns, rows, await pause());
        await warehouse.insertBinary(into, columns, rows, ...others);
      },
    },
    pauseAt(name) {
      table = name;
      paused = Promise.withResolvers();
      released = Promise.withResolvers();
      return paused.promise;
    },
    release: (age = 0) => released.resolve(age),
  };
}

const older = (row: object, age: number): object =>
  'lease_until' in row && typeof row.lease_until === 'number'
    ? { ...row, lease_until: row.lease_until - age }
    : row;

/** The lease is the first column of the rows of events. */
function olderRows([first]: readonly string[], { bytes, ends }: BinaryRows, age: number): void {
  if (first !== 'lease_until') throw new Error(`the first column is ${first}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const start of [0, ...ends.slice(0, -1)])
    view.setBigInt64(start, view.getBigInt64(start, true) - BigInt(age), true);
}
