import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { type BrokerPlace, type BrokerPlan, prepareBroker, startBroker } from './broker.ts';
import { fetchDistributions } from './distributions.ts';
import type { JavaProcess } from './java.ts';
import type { ClientListener } from './listener.ts';
import { registryUrlOf, startRegistry } from './registry.ts';

export interface ClusterOptions {
  /** default 1; with 3, each record is on three of them and one may be stopped */
  brokers?: number;
  /** whether a schema registry is wanted */
  registry?: boolean;
  /** other ways into the first broker: clients that come by one are told to go on by it */
  clients?: readonly ClientListener[];
  /** of the brokers' configuration, beside what they need */
  properties?: Readonly<Record<string, string>>;
}

/** A real Kafka cluster on free ports of this machine, for tests; its data are gone when it is closed. */
export interface Cluster extends AsyncDisposable {
  /** addresses, `127.0.0.1:port` */
  brokers: string[];
  /** base URL of the registry's Confluent-compatible interface; '' without one */
  registryUrl: string;
  /** where the processes write their logs */
  folder: string;
  /** Ends a broker, by default as kill -9 does, and resolves when it is gone. */
  stopBroker(index: number, signal?: NodeJS.Signals): Promise<void>;
  /** Sends a signal to a broker: SIGSTOP makes it silent, SIGCONT lets it go on. */
  signalBroker(index: number, signal: NodeJS.Signals): void;
  /** Starts a broker again, with the data it had, and resolves when the whole cluster answers. */
  startBroker(index: number): Promise<void>;
  stopRegistry(): Promise<void>;
  startRegistry(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts Kafka and, if wanted, a schema registry, and resolves when they answer. What it starts ends with this
 * process, however that ends.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { brokers = 1, registry = false, clients = [], properties = {} } = options;
  const { kafkaClasspath, registryJar } = await fetchDistributions();
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'epochlog-cluster-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const [registryPort, ...ports] = await freePorts(1 + 2 * brokers);
  const plans = Array.from({ length: brokers }, (_, i): BrokerPlan => {
    const [port, controllerPort] = [ports[2 * i]!, ports[2 * i + 1]!];
    return { id: i + 1, port, controllerPort, clients: i === 0 ? clients : [] };
  });
  const clusterId = newClusterId();
  const place: BrokerPlace = { clusterId, classpath: kafkaClasspath, folder, all: plans, properties };
  const addresses = plans.map(({ port }) => `127.0.0.1:${port}`);
  const running: JavaProcess[] = [];
  let registryProcess: JavaProcess | undefined;
  stack.defer(async () => {
    await Promise.all([...running, registryProcess].map((process) => process?.end()));
  });

  const startOne = (index: number) => {
    running[index] = startBroker(plans[index]!, place);
  };
  const untilComplete = async (index: number) =>
    running[index]!.untilAnswers(() => assertComplete(addresses, brokers));

  for (const plan of plans) await prepareBroker(plan, place);
  for (const index of plans.keys()) startOne(index);
  if (registry) registryProcess = await startRegistry(registryJar, folder, registryPort!);
  for (const index of plans.keys()) await untilComplete(index);

  const started = stack.move();
  const close = () => started.disposeAsync();
  return {
    brokers: addresses,
    registryUrl: registry ? registryUrlOf(registryPort!) : '',
    folder,
    stopBroker: (index, signal) => running[index]!.end(signal),
    signalBroker: (index, signal) => running[index]!.signal(signal),
    async startBroker(index) {
      startOne(index);
      await untilComplete(index);
    },
    stopRegistry: async () => registryProcess?.end(),
    async startRegistry() {
      registryProcess = await startRegistry(registryJar, folder, registryPort!);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Fails unless every broker is there and one of them is the controller. */
async function assertComplete(brokers: readonly string[], count: number): Promise<void> {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING, retry: { retries: 0 } });
  const admin = kafka.admin();
  try {
    await admin.connect();
    const described = await admin.describeCluster();
    if (described.brokers.length < count) throw new Error(`${described.brokers.length} of ${count} brokers`);
  } finally {
    await admin.disconnect();
  }
}

/** Kafka reads an id that begins with a dash as an option. */
const newClusterId = (): string => Buffer.concat([Buffer.of(0), randomBytes(15)]).toString('base64url');

/** Ports of the loopback that nobody listens on. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer();
      return new Promise<typeof server>((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
