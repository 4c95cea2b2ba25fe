import { Kafka, logLevel } from 'kafkajs';
import { topicSpecs } from '../../../cli/adapters/log.ts';
import { openFolder } from '../../../infra/artifacts/folder.ts';
import { openEmbeddedLog } from '../../../infra/log/embedded/log.ts';
import { type KafkaLog, openKafkaLog } from '../../../infra/log/kafka/log.ts';
import { SYSTEM_CLOCK } from '../../../kernel/clock.ts';
import { createDeadLetters } from '../../../kernel/dead-letters/dead-letters.ts';
import type { LogRecord } from '../../../kernel/ports/log.ts';
import type { SchemaRegistry } from '../../../kernel/ports/registry.ts';
import { createPublisher } from '../../../kernel/publisher.ts';
import { createReader } from '../../../kernel/reader.ts';
import type { Store } from '../../../operations/session.ts';
import type { Codec } from '../../../schemas/catalogue.ts';
import { openCodec } from '../../../schemas/codec.ts';
import type { Paper } from '../../../tasks/arxiv/paper.ts';
import { startCluster } from '../../harness/cluster/cluster.ts';
import { temporaryFolder } from '../../harness/folder.ts';
import { ingestions, take } from '../facts.ts';

const PARTITIONS = 3;
const APPEND = 1_000;

/** The input topic, with papers, and the output topic. */
export const PAPERS = 'epochlog.records';
export const WRITTEN = 'written';

export interface Bench extends AsyncDisposable {
  brokers: readonly string[];
  log: KafkaLog;
  kafka: Kafka;
  codec: Codec;
  /** of the schemas of the records */
  registry: SchemaRegistry;
  /** the records of the input topic */
  records: readonly LogRecord[];
  /** time of each contestant in a round */
  seconds: number;
  /** The same log with a new namespace, so that no service has committed offsets. */
  freshStore(): Promise<Store>;
  /** A new group name. */
  freshName(): string;
}

/** Starts a broker, and fills the input topic. */
export async function startBench(papers: readonly Paper[], count: number, seconds: number): Promise<Bench> {
  await using stack = new AsyncDisposableStack();
  const { brokers } = stack.use(await startCluster());
  const log = await openKafkaLog({ brokers });
  stack.defer(() => log.close());
  await log.ensureTopics([...topicSpecs(() => PARTITIONS), { name: WRITTEN, partitions: PARTITIONS }]);
  const registry = await benchRegistry(stack);
  const codec = await openCodec(registry);
  const records = take(count, ingestions(papers)).map(codec.encode);
  for (let i = 0; i < count; i += APPEND) await log.append(records.slice(i, i + APPEND));
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
  let names = 0;
  const freshName = () => `bench-${names++}`;
  const artifacts = await openFolder(stack.use(await temporaryFolder('bench')).path);
  const freshStore = async () => {
    const log = await openKafkaLog({ brokers, namespace: `${freshName()}.` });
    const events = createReader(log, codec);
    const publisher = createPublisher(log, codec, SYSTEM_CLOCK, 'bench');
    const deadLetters = createDeadLetters(log, codec, publisher);
    return { log, codec, events, publisher, deadLetters, artifacts, close: () => log.close() };
  };
  const started = stack.move();
  const dispose = () => started.disposeAsync();
  return {
    brokers,
    log,
    kafka,
    codec,
    registry,
    records,
    seconds,
    freshStore,
    freshName,
    [Symbol.asyncDispose]: dispose,
  };
}

/** The registry of an embedded log: the bytes are the same. */
async function benchRegistry(stack: AsyncDisposableStack): Promise<SchemaRegistry> {
  const folder = stack.use(await temporaryFolder('bench'));
  const embedded = await openEmbeddedLog({ path: folder.path });
  stack.defer(() => embedded.close());
  return embedded.registry;
}
