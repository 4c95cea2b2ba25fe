import { randomBytes } from 'node:crypto';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { freePorts } from '../ports.ts';
import { type BrokerContext, type BrokerPlan, prepareBroker, startBroker } from './broker.ts';
import { fetchDistributions } from './distributions.ts';
import type { JavaProcess } from './java.ts';
import type { ClientListener } from './listener.ts';
import { REGISTRY_FILE, registryUrlOf, startRegistry } from './registry.ts';

export interface ClusterOptions {
  /** default 1; with 3, the replication factor is 3 and one may be stopped */
  brokers?: number;
  /** whether to start a schema registry */
  registry?: boolean;
  /** the file of schemas that the registry starts with; default: none are registered */
  schemas?: string;
  /** further listeners of the first broker; each advertises itself to its clients */
  clients?: readonly ClientListener[];
  /** additional properties of the brokers' configuration */
  properties?: Readonly<Record<string, string>>;
}

/** A real Kafka cluster on free ports of the loopback; its data are deleted when it is closed. */
export interface Cluster extends AsyncDisposable {
  /** addresses, `127.0.0.1:port` */
  brokers: string[];
  /** base URL of the registry's Confluent-compatible interface; '' without one */
  registryUrl: string;
  /** with the logs of the processes */
  folder: string;
  /** Ends a broker, by default with SIGKILL; resolves when it has ended. */
  stopBroker(index: number, signal?: NodeJS.Signals): Promise<void>;
  /** Sends a signal to a broker: SIGSTOP makes it unresponsive, SIGCONT resumes it. */
  signalBroker(index: number, signal: NodeJS.Signals): void;
  /** Restarts a broker with its data; resolves when all brokers answer. */
  startBroker(index: number): Promise<void>;
  stopRegistry(): Promise<void>;
  startRegistry(): Promise<void>;
  close(): Promise<void>;
}

/** Starts Kafka and optionally a schema registry; resolves when they answer. They end with this process, even by kill -9. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { brokers = 1, registry = false, schemas, clients = [], properties = {} } = options;
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
  const context: BrokerContext = { clusterId, classpath: kafkaClasspath, folder, all: plans, properties };
  const addresses = plans.map(({ port }) => `127.0.0.1:${port}`);
  const running: JavaProcess[] = [];
  let registryProcess: JavaProcess | undefined;
  stack.defer(async () => {
    await Promise.all([...running, registryProcess].map((process) => process?.end()));
  });

  const startOne = (index: number) => {
    running[index] = startBroker(plans[index]!, context);
  };
  const untilComplete = async (index: number) =>
    running[index]!.untilAnswers(() => assertComplete(addresses, brokers));

  await Promise.all(plans.map((plan) => prepareBroker(plan, context)));
  for (const index of plans.keys()) startOne(index);
  if (schemas) await copyFile(schemas, join(folder, REGISTRY_FILE));
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

/** Fails unless all brokers are in the cluster and one of them is the controller. */
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

/** It must not begin with a dash, which Kafka's tools would read as an option. */
const newClusterId = (): string => Buffer.concat([Buffer.of(0), randomBytes(15)]).toString('base64url');
