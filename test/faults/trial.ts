import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore } from '../../cli/store.ts';
import { readConfig } from '../../infra/config/config.ts';
import { type EngineProcess, startEngine } from '../../infra/warehouse/embedded/start.ts';
import { migrate } from '../../infra/warehouse/migrate.ts';
import { openClickHouse } from '../../infra/warehouse/open.ts';
import { NO_LOGGER } from '../../kernel/logger.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { lagOf } from '../../kernel/runtime/lag.ts';
import type { Store } from '../../operations/session.ts';
import { CATALOGUE } from '../../schemas/catalogue.ts';
import { service as projector } from '../../services/projector/service.ts';
import { type Child, startChild } from '../harness/child.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { anomaliesIn, type Sighting } from '../harness/history.ts';
import { DATABASE, type WorkerOptions, type WorkerReport } from './worker-child.ts';
import { Clients, collector, FOLLOWS, readLog, trainer } from './workload.ts';

const WORKER = new URL('./worker-child.ts', import.meta.url);
const PROJECTIONS = join(import.meta.dirname, '../../projections');
const POLL_INTERVAL_MS = 50;
/** Anomalies of a kind that are shown. */
const MAX_SHOWN = 8;

const SERVICES = [collector, trainer, projector];
export const ALL = SERVICES.map(({ name }) => name);

/** Services in separate processes, clients that append requests, and a record of all that is in the log. */
export class Trial implements AsyncDisposable {
  readonly store: Store;
  readonly clients: Clients;
  /** the engine of the warehouse that the projector writes to */
  readonly engine: EngineProcess;
  readonly #environment: Record<string, string>;
  readonly #home: string;
  readonly #warehouse: Warehouse;
  readonly #owned: AsyncDisposableStack;
  readonly #seen: Sighting[] = [];
  readonly #watching = new AbortController();

  private constructor(
    store: Store,
    engine: EngineProcess,
    warehouse: Warehouse,
    home: string,
    environment: Record<string, string>,
    owned: AsyncDisposableStack,
  ) {
    this.store = store;
    this.engine = engine;
    this.#warehouse = warehouse;
    this.#home = home;
    this.#environment = environment;
    this.#owned = owned;
    this.clients = new Clients(store.publisher);
    const watching = this.#watch();
    owned.defer(async () => {
      this.#watching.abort();
      await watching;
      await this.clients.stop();
    });
  }

  /** Opens a trial in a cluster that is prepared, and that no other trial has used. */
  static async open(environment: Record<string, string>): Promise<Trial> {
    await using stack = new AsyncDisposableStack();
    const { path: home } = stack.use(await temporaryFolder('trial'));
    const engine = await startEngine(join(home, 'warehouse'), NO_LOGGER);
    stack.defer(() => engine.stop());
    const warehouse = await openClickHouse(engine, DATABASE);
    stack.defer(() => warehouse.close());
    await migrate(warehouse, PROJECTIONS);
    const store = await openStore(readConfig({ home }, environment), 'test');
    stack.defer(() => store.close());
    return new Trial(store, engine, warehouse, home, environment, stack.move());
  }

  /** Starts a process with these services, by default all. */
  async start(services = ALL, environment: Record<string, string> = {}): Promise<Worker> {
    const options: WorkerOptions = {
      services,
      home: this.#home,
      environment: { ...this.#environment, ...environment },
      engine: join(this.#home, 'warehouse'),
    };
    const worker = new Worker(startChild(WORKER, [JSON.stringify(options)]));
    this.#owned.defer(() => worker.kill());
    await worker.child.reported(1);
    return worker;
  }

  /** Lets the clients append requests until the verdict; resolves when `count` are acknowledged. */
  async requests(count: number): Promise<void> {
    this.clients.start();
    const enough = this.clients.count + count;
    while (this.clients.count < enough) await sleep(POLL_INTERVAL_MS);
  }

  /** Stops the clients, waits until there is no lag, and returns the anomalies. */
  async verdict(): Promise<string[]> {
    const { log, codec } = this.store;
    await this.clients.stop();
    const isBusy = async () =>
      [...(await lagOf(SERVICES, log, CATALOGUE)).values()].some((records) => records > 0);
    while (await isBusy()) await sleep(POLL_INTERVAL_MS);
    const { entries, deadLetters } = await readLog(log, codec);
    while (this.#seen.length < entries.length) await sleep(POLL_INTERVAL_MS);
    if (deadLetters > 0) throw new Error(`there are ${deadLetters} dead letters`);
    const anomalies = anomaliesIn({
      acknowledged: this.clients.acknowledged,
      log: entries,
      follows: FOLLOWS,
      followers: { follower: this.#seen },
      tables: {
        events: await this.#warehouse.query<Sighting>('SELECT topic, partition, offset, id FROM events'),
      },
    });
    return [...Map.groupBy(anomalies, ({ kind }) => kind)].flatMap(([kind, all]) => [
      `${kind}: ${all.length}`,
      ...all.slice(0, MAX_SHOWN).map(({ what }) => `  ${what}`),
    ]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }

  /** Follows the topics of the workload from offset 0. */
  async #watch(): Promise<void> {
    const { log } = this.store;
    const ends = await log.endOffsets(['epochlog.collections', 'epochlog.runs']);
    const follower = log.follow(ends.map((end) => ({ ...end, offset: 0 })));
    while (!this.#watching.signal.aborted) {
      for (const { topic, partition, offset, headers } of await follower.poll(1_000, this.#watching.signal)) {
        this.#seen.push({ topic, partition, offset, id: headers.ce_id ?? '' });
      }
    }
    await follower.close();
  }
}

/** A process that runs services. */
export class Worker {
  readonly child: Child<WorkerReport>;

  constructor(child: Child<WorkerReport>) {
    this.child = child;
  }

  /** The time from which it ran so many shards of a service, or more. */
  async has(service: string, shards: number, since = 0): Promise<number> {
    const { at } = await this.child.said(
      (report) => report.at >= since && shardsIn(report, service) >= shards,
    );
    return at;
  }

  /** The time from which it ran no shard of a service. */
  async hasNone(service: string, since: number): Promise<number> {
    const { at } = await this.child.said(
      (report) =>
        report.at >= since &&
        report.services.every(({ name, shards }) => name !== service || shards.length === 0),
    );
    return at;
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.child.pid, signal);
  }

  kill(): Promise<void> {
    return this.child.kill();
  }
}

const shardsIn = ({ services }: WorkerReport, name: string): number => {
  const service = services.find((status) => status.name === name);
  return service?.state === 'running' ? service.shards.length : 0;
};
