/** The kernel's own events on a real log, for its tests: neither this nor they know an event of the project. */
import { join } from 'node:path';
import { openEmbeddedLog } from '../../infra/log/embedded/log.ts';
import { SYSTEM_CLOCK } from '../../kernel/clock.ts';
import { createCodec, type Format } from '../../kernel/codec.ts';
import { createDeadLetters } from '../../kernel/dead-letters/dead-letters.ts';
import type { SchemaRegistry } from '../../kernel/ports/registry.ts';
import { createPublisher, type Instrumentation } from '../../kernel/publisher.ts';
import { createReader } from '../../kernel/reader.ts';
import { ORDER_SCHEMAS, ORDERS, type OrderEvent } from '../../kernel/testing/orders.ts';
import { VirtualClock } from '../../kernel/testing/virtual-clock.ts';
import type { Service } from '../../kernel/testing/warehouse.ts';
import { deadLetterTopicOf, topicOf } from '../../kernel/topics.ts';
import { temporaryFolder } from './folder.ts';
import {
  absent,
  type OpenLog,
  type Runtime,
  type RuntimeOptions,
  type Surroundings,
  startOn,
} from './runtime.ts';

export type OrderLog = OpenLog<OrderEvent> & { registry: SchemaRegistry };

const FORMAT: Format<OrderEvent> = { catalogue: ORDERS, schemas: ORDER_SCHEMAS };

/** Opens the log of orders in a data folder; `source` is the `ce_source` of appended events. The caller closes it. */
export async function openOrders(
  home: string,
  {
    source = 'test',
    format = FORMAT,
    ...instrumentation
  }: Partial<Instrumentation> & {
    source?: string;
    format?: Format<OrderEvent>;
  } = {},
): Promise<OrderLog> {
  const log = await openEmbeddedLog({ path: join(home, 'log') });
  const topics = ORDERS.streams.map(topicOf);
  await log.ensureTopics(
    [...topics, ...topics.map(deadLetterTopicOf)].map((name) => ({ name, partitions: 1 })),
  );
  const codec = await createCodec(log.registry, format);
  const publisher = createPublisher(log, codec, SYSTEM_CLOCK, source, instrumentation);
  const deadLetters = createDeadLetters(log, codec, publisher);
  const events = createReader(log, codec);
  return { log, registry: log.registry, codec, publisher, deadLetters, events, close: () => log.close() };
}

/** Appends while no service is there. */
export async function append(home: string, events: readonly OrderEvent[]): Promise<void> {
  const { publisher, close } = await openOrders(home);
  await publisher.publish(events);
  await close();
}

export interface OrderOptions extends RuntimeOptions {
  /** the data folder; without it a new one, which is removed at the end */
  home?: string;
  /** the log, if it is open already; the caller closes it */
  store?: OrderLog;
}

/** Services of orders on a real log. `await using` stops them and closes the log. */
export type OrderServices = OrderLog & Runtime<OrderEvent> & AsyncDisposable;

/** A process without anything but the runtime. */
const NOTHING = {
  artifacts: absent('artifacts'),
  inference: absent('inference'),
  warehouse: absent('warehouse'),
  query: absent('query'),
  settingsOf: () => ({}),
} as Surroundings;

/** Starts services, and resolves when all have restored their state. */
export async function startServices(
  services: readonly Service[],
  options: OrderOptions = {},
): Promise<OrderServices> {
  await using stack = new AsyncDisposableStack();
  const home = options.home ?? (options.store ? '' : stack.use(await temporaryFolder('orders')).path);
  const store = options.store ?? (await openOrders(home, options));
  if (!options.store) stack.defer(() => store.close());
  const runtime = await startOn(store, services, NOTHING, options);
  stack.defer(() => runtime.host.stop());
  const started = stack.move();
  return {
    ...store,
    ...runtime,
    close: () => started.disposeAsync(),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

/** Likewise, in virtual time: retries and restarts do not wait. */
export const startInVirtualTime = (services: readonly Service[], options: OrderOptions = {}) =>
  startServices(services, { clock: new VirtualClock(), ...options });
