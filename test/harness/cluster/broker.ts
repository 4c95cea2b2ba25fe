import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JavaProcess, runJava } from './java.ts';
import { type ClientListener, formatArguments, listenerLists, listenerProperties } from './listener.ts';

const HEAP = '-Xmx384m';

export interface BrokerPlan {
  /** from 1 */
  id: number;
  port: number;
  controllerPort: number;
  clients: readonly ClientListener[];
}

export interface BrokerContext {
  /** 22 characters of base64url */
  clusterId: string;
  classpath: string;
  /** for data and logs */
  folder: string;
  all: readonly BrokerPlan[];
  /** additional properties of their configuration */
  properties: Readonly<Record<string, string>>;
}

const pathsOf = ({ id }: BrokerPlan, { folder }: BrokerContext) => ({
  properties: join(folder, `broker-${id}.properties`),
  logging: join(folder, 'log4j2.properties'),
  data: join(folder, `broker-${id}`),
  log: join(folder, `broker-${id}.log`),
});

/** Writes a broker's configuration and formats its storage. */
export async function prepareBroker(plan: BrokerPlan, context: BrokerContext): Promise<void> {
  const { properties, data, logging } = pathsOf(plan, context);
  await mkdir(data, { recursive: true });
  await writeFile(logging, LOGGING);
  await writeFile(properties, propertiesOf(plan, context));
  const format = ['kafka.tools.StorageTool', 'format', '-t', context.clusterId, '-c', properties];
  const users = formatArguments(plan.clients);
  await runJava(['-cp', context.classpath, `-Dlog4j2.configurationFile=${logging}`, ...format, ...users]);
}

/** Starts a prepared broker, with the data that it has. */
export function startBroker(plan: BrokerPlan, context: BrokerContext): JavaProcess {
  const { properties, log, logging } = pathsOf(plan, context);
  const args = [
    HEAP,
    `-Dlog4j2.configurationFile=${logging}`,
    '-cp',
    context.classpath,
    'kafka.Kafka',
    properties,
  ];
  return new JavaProcess(`Kafka broker ${plan.id}`, args, log);
}

const LOGGING = `status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss.SSS} %p %c{1}: %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
`;

/** KRaft in combined mode: each node is broker and controller. Internal topics are small, for a fast start. */
function propertiesOf(
  { id, port, controllerPort, clients }: BrokerPlan,
  { all, folder, properties: others }: BrokerContext,
): string {
  const replicas = Math.min(3, all.length);
  const inSync = Math.max(1, replicas - 1);
  const properties: Record<string, string | number | boolean> = {
    'process.roles': 'broker,controller',
    'node.id': id,
    'controller.quorum.voters': all.map((peer) => `${peer.id}@127.0.0.1:${peer.controllerPort}`).join(','),
    listeners: `BROKER://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `BROKER://127.0.0.1:${port}`,
    'listener.security.protocol.map': 'BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'BROKER',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(folder, `broker-${id}`),
    'auto.create.topics.enable': false,
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': 3,
    'offsets.retention.minutes': 2 ** 31 - 1, // as docs/cluster.md asks for
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': 3,
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': 1_000,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
    'group.initial.rebalance.delay.ms': 0,
    'log.cleaner.dedupe.buffer.size': 4 << 20,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'controlled.shutdown.enable': all.length > 1,
    ...others,
  };
  if (clients.length > 0) {
    for (const [name, more] of Object.entries(listenerLists(clients))) properties[name] += `,${more}`;
    Object.assign(properties, listenerProperties(clients));
  }
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
