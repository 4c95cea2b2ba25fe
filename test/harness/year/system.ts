import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { openWarehouse } from '../../../cli/adapters/warehouse.ts';
import { prepareProjections } from '../../../cli/projections.ts';
import { loadServices } from '../../../cli/services.ts';
import { openStore } from '../../../cli/store.ts';
import { readConfig } from '../../../infra/config/config.ts';
import { pathsOf } from '../../../infra/home.ts';
import { createApp } from '../../../infra/http/app.ts';
import { startInference } from '../../../infra/inference/inference.ts';
import { codeDigest } from '../../../infra/states/code.ts';
import { openStates } from '../../../infra/states/sqlite.ts';
import { createPrometheus } from '../../../infra/telemetry/prometheus.ts';
import { createPublisher } from '../../../kernel/publisher.ts';
import { SteppedClock } from '../../../kernel/testing/stepped-clock.ts';
import { ALL_STREAMS, type EventType, type Publisher } from '../../../schemas/catalogue.ts';
import { EVENTS } from '../../../schemas/events.generated.ts';
import { type ServicesUnderTest, startServices } from '../services.ts';
import { watchPolls } from './polls.ts';

const POLL_MS = 1;
/** Time does not wait for what nothing follows from: a service that reads projections waits for them itself. */
const UNAWAITED = ['projector'];

/** All services of a home in this process, with an embedded log and warehouse, whose time moves when nothing is left to do. */
export interface SimulatedSystem extends AsyncDisposable {
  readonly services: ServicesUnderTest;
  /** appends at the simulated time */
  readonly publisher: Publisher;
  /** milliseconds since the epoch */
  now(): number;
  /** sends to the HTTP API; rejects with the answer unless it is 2xx */
  post(path: string, body: object): Promise<unknown>;
  /** resolves when all that was caused is in the log */
  quiet(): Promise<void>;
  /** moves time from due time to due time, and waits for what follows from each */
  advance(to: number): Promise<void>;
}

/**
 * @param from milliseconds since the epoch: when time begins in a new home; in one with a log it goes on where that ends
 * @param environment settings, as they stand in the environment
 */
export async function startSimulation(
  home: string,
  from: number,
  environment: Readonly<Record<string, string>>,
): Promise<SimulatedSystem> {
  await using stack = new AsyncDisposableStack();
  const logger = pino({ level: 'warn' }, pino.destination(2));
  const config = readConfig({ home }, environment);
  const paths = pathsOf(home);
  const store = await openStore(config, 'simulation');
  stack.defer(() => store.close());
  const warehouse = await openWarehouse(config, paths.warehouse, logger);
  stack.defer(() => warehouse.close());
  await prepareProjections(config, { warehouse, events: store.events });
  const clock = new SteppedClock(from);
  for await (const { time } of store.events.scan(Object.keys(EVENTS) as EventType[])) clock.advance(time);

  const inference = startInference({ logger });
  stack.defer(() => inference.close());
  const states = openStates(paths.states, codeDigest(), logger);
  stack.defer(() => states.close());
  const telemetry = createPrometheus();
  const { log, areAllPolling } = watchPolls(store.log, UNAWAITED);
  const all = await loadServices();
  const ports = { home, environment, warehouse, inference, states, telemetry, clock, restarts: 3 };
  const services = stack.use(await startServices(all, { ...ports, store: { ...store, log } }));
  const { host } = services;
  const app = await createApp({
    config: {},
    services: all,
    host,
    telemetry,
    logger,
    ready: async () => void (await warehouse.ping()),
  });
  stack.defer(() => app.close());

  const ends = async () =>
    (await store.events.endOffsets(ALL_STREAMS)).reduce((sum, { offset }) => sum + offset, 0);
  const quiet = async () => {
    for (;;) {
      await host.settled(UNAWAITED);
      const before = await ends();
      while (!areAllPolling()) {
        host.failed.throwIfAborted();
        await sleep(POLL_MS);
      }
      await host.settled(UNAWAITED);
      if (areAllPolling() && (await ends()) === before) return;
    }
  };
  const started = stack.move();
  return {
    services,
    publisher: createPublisher(store.log, store.codec, clock, 'simulation'),
    now: clock.now,
    async post(path, payload) {
      const answer = await app.inject({ method: 'POST', url: path, payload });
      if (answer.statusCode >= 300) throw new Error(`${path} answered ${answer.statusCode}: ${answer.body}`);
      return answer.json();
    },
    quiet,
    async advance(to) {
      for (;;) {
        await quiet();
        const due = clock.earliest;
        if (due === undefined || due > to) break;
        clock.advance(due);
      }
      clock.advance(to);
      await quiet();
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}
