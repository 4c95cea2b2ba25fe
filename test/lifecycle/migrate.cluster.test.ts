import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { EXIT } from '../../cli/exit.ts';
import { openStore } from '../../cli/store.ts';
import { digestsIn } from '../../infra/artifacts/folder.ts';
import { readConfig } from '../../infra/config/config.ts';
import { openEmbeddedLog } from '../../infra/log/embedded/log.ts';
import { type KafkaLog, openKafkaLog } from '../../infra/log/kafka/log.ts';
import { partitionOf } from '../../infra/log/partition.ts';
import { ConfluentRegistry } from '../../infra/registry/confluent.ts';
import type { EventLog, StoredRecord } from '../../kernel/ports/log.ts';
import type { SchemaRegistry } from '../../kernel/ports/registry.ts';
import { seededRandom } from '../../ml/random.ts';
import { SchemaIds } from '../../operations/migrate/schema-ids.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { openCodec } from '../../schemas/codec.ts';
import { readAll, record } from '../contract/event-log-kit.ts';
import { type Cluster, startCluster } from '../harness/cluster/cluster.ts';
import { startS3 } from '../harness/cluster/s3.ts';
import * as command from '../harness/command.ts';
import { ctrlC, epochlog, finished, printed, smallWindows, writeCorpus } from '../harness/command.ts';
import { eventually } from '../harness/eventually.ts';
import { type TemporaryFolder, temporaryFolder } from '../harness/folder.ts';
import { freePorts } from '../harness/ports.ts';
import { openLink, type TcpLink } from '../harness/tcp-link.ts';

/** The log of one machine is migrated to a cluster, through kills, Ctrl-C and the loss of a broker. */

interface Migrated {
  verified: boolean;
  records: number;
  present: number;
  moved: number;
  groups: { group: string; lag: { source: number; target: number } }[];
  projections: { with: string; tables: { table: string; rows: number; equal: boolean }[] };
}

interface LoggedEvent {
  type: string;
  subject: string;
  sequence: number;
  data: Record<string, unknown>;
}

interface Summary {
  totals: { type: string; events: number }[];
  decisions: { version: string; change: string }[];
}

const MIGRATE = ['migrate', '--to', 'kafka'];
const CUT = '2025-03-01';

let folder: TemporaryFolder;
let home: string;
let cluster: Cluster;
/** a slow link to Kafka, so that a migration can be interrupted half way */
let link: TcpLink;
let kafka: KafkaLog;
let admin: Admin;
let inKafka: Record<string, string>;
let lifecycle: string[];
let summary: Summary;
/** topics of the home that hold records */
let topics: string[];
let size: number;

const at = (name: string) => join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder('migrate');
  [home, lifecycle] = [at('home'), ['lifecycle', '--data', at('papers.jsonl'), '--cut', CUT]];
  const [port] = await freePorts(1);
  link = await openLink(`tcp://127.0.0.1:${port}`);
  link.delay(50);
  const starting = startCluster({ registry: true, clients: [{ port: port!, advertisedPort: link.port }] });
  await writeCorpus(at('papers.jsonl'), 400);
  await withHome(async ({ log }) => {
    await log.append([record('epochlog.collections', 'undecodable', 'not Avro')]);
  });
  await smallWindows(home);
  summary = await command.answer(home, lifecycle);
  cluster = await starting;
  kafka = await openKafkaLog({ brokers: cluster.brokers });
  admin = new Kafka({ brokers: cluster.brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  inKafka = {
    EPOCHLOG_LOG: `kafka://${cluster.brokers}`,
    EPOCHLOG_REGISTRY: cluster.registryUrl,
  };
  await withHome(async ({ log }) => {
    const ends = await log.endOffsets((await log.topics()).map(({ name }) => name));
    topics = ends.filter(({ offset }) => offset > 0).map(({ topic }) => topic);
    size = ends.reduce((sum, { offset }) => sum + offset, 0);
  });
});
afterAll(async () => {
  await admin?.disconnect();
  await kafka?.close();
  await cluster?.close();
  await link?.[Symbol.asyncDispose]();
  await folder.remove();
});

/** Opens the log of the home for one step. */
async function withHome(
  step: (store: Awaited<ReturnType<typeof openStore>>) => Promise<void>,
): Promise<void> {
  const store = await openStore(readConfig({ home }, {}), 'test');
  await step(store);
  await store.close();
}

const answer = <T>(...args: string[]) => command.answer<T>(home, args, inKafka);
const migrated = () => answer<Migrated>(...MIGRATE);

/** Asserts that a command ends with this code, and says why. */
async function fails(args: readonly string[], code: number, why: RegExp, changed: object = {}, of = home) {
  const end = await finished(epochlog(of, args, { ...inKafka, ...changed }));
  expect({ code: end.code, stderr: end.stderr }).toEqual({ code, stderr: expect.stringMatching(why) });
}

const moved = async () => (await Promise.all(topics.map((topic) => readAll(kafka, topic)))).flat().length;

describe('a cluster', () => {
  test('that is not prepared is refused, and each error names what to run', async () => {
    await fails(MIGRATE, 2, /no topic 'epochlog\.\w+'.*topics apply/);
    await command.text(home, ['topics', 'apply'], inKafka);
    await fails(MIGRATE, 2, /schemas push/);
    await command.text(home, ['schemas', 'push'], inKafka);
    const ready = { ready: true, records: size, present: 0, unpublished: [] };
    expect(await answer(...MIGRATE, '--check')).toMatchObject(ready);
    expect(await command.text(home, [...MIGRATE, '--check'], inKafka)).toMatch(
      new RegExp(`\n${size} of ${size} records are to be copied from .*\n.* is ready\n$`),
    );
    expect(await moved()).toBe(0);
  });

  test('with running services is refused', async () => {
    const service = epochlog(at('other'), ['service', 'registrar', '--json'], {
      ...inKafka,
      EPOCHLOG_PORT: '0',
    });
    const end = finished(service);
    await printed(service, /\n/);
    await fails(MIGRATE, 3, /services are running on Kafka: registrar; stop them/);
    service.kill('SIGTERM');
    expect(await end).toMatchObject({ code: 0 });
    expect(await moved()).toBe(0);
  });
});

describe('the log', () => {
  /** Starts a migration of the home or a copy of it; resolves when the condition holds or the command ended. */
  async function migratingUntil(reached: () => Promise<boolean>, from = home) {
    const slowly = { ...inKafka, EPOCHLOG_LOG: `kafka://127.0.0.1:${link.port}` };
    const child = epochlog(from, [...MIGRATE, '--json'], slowly, { detached: true });
    const end = finished(child);
    await Promise.race([eventually(async () => ((await reached()) ? true : undefined)), end]);
    return { child, end };
  }

  /** Likewise, until Kafka has one more record, and this fraction of the log. */
  async function migratingUntilFraction(fraction: number, from = home) {
    const goal = Math.max((await appended()) + 1, fraction * size);
    return migratingUntil(async () => (await appended()) >= goal, from);
  }

  /** The sum of the high watermarks, open transactions included; Kafka answers once all partitions have leaders. */
  const appended = () =>
    eventually(async () => {
      const asked = Promise.all(topics.map((topic) => admin.fetchTopicOffsets(topic)));
      const ends = await asked.catch(() => undefined);
      return ends?.flat().reduce((sum, { high }) => sum + Number(high), 0);
    });

  test('has one migrator: a fenced one cannot write', async () => {
    await cp(join(home, 'log'), at('copy/log'), { recursive: true }); // another process cannot use a locked home
    const stopped = await migratingUntilFraction(0);
    stopped.child.kill('SIGSTOP');
    const { child, end } = await migratingUntilFraction(0, at('copy'));
    child.kill('SIGKILL');
    expect((await end).code).toBeNull();
    stopped.child.kill('SIGCONT');
    const { code, stdout } = await stopped.end;
    expect([code, stdout]).toEqual([6, expect.stringMatching(/LOG_UNAVAILABLE.*run this command again/)]);
  });

  test('is copied through kill -9 at random moments, and Ctrl-C', async () => {
    const random = seededRandom(11);
    for (const [round, stop] of (['kill', 'Ctrl-C', 'kill', 'kill'] as const).entries()) {
      const { child, end } = await migratingUntilFraction((round + random()) / 8);
      if (stop === 'kill') child.kill('SIGKILL');
      else ctrlC(child);
      const { code, stdout } = await end;
      if (stop === 'kill') expect(code).toBeNull();
      else expect([code, stdout]).toEqual([130, expect.stringContaining('INTERRUPTED')]);
    }
  });

  test('is copied through the loss of a broker, and a kill while offsets are committed', async () => {
    const { end } = await migratingUntilFraction(0.8);
    await cluster.stopBroker(0);
    await cluster.startBroker(0);
    const { code, stdout } = await end; // the broker may have been back in time
    if (code !== 0) expect([code, stdout]).toEqual([6, expect.stringContaining('LOG_UNAVAILABLE')]);
    const again = await migratingUntil(async () =>
      (await kafka.committed('curator', ['epochlog.records'])).some(({ offset }) => offset > 0),
    );
    again.child.kill('SIGKILL');
    expect((await again.end).code).toBeNull();

    const done = await migrated();
    expect(done).toMatchObject({
      verified: true,
      records: size,
      present: size,
      projections: { with: 'live' },
    });
  });

  test('is equal in Kafka: every record, in order, with the schema ids of the other registry', async () => {
    const source = await openEmbeddedLog({ path: join(home, 'log') });
    const registry = new ConfluentRegistry({ url: cluster.registryUrl, register: false });
    for (const topic of topics) {
      const there = await readAll(kafka, topic);
      const partitions = (await kafka.endOffsets([topic])).length;
      const expected = (await readAll(source, topic)).toSorted(
        (a, b) => partitionIn(a, partitions) - partitionIn(b, partitions), // stable: in each, the order stays
      );
      expect(there.map(({ partition }) => partition)).toEqual(
        expected.map((found) => partitionIn(found, partitions)),
      );
      expect(await contentOf(there, registry)).toEqual(await contentOf(expected, source.registry));
    }
    await source.close();
    expect(topics).toContain('epochlog.collections.dlq');
    const letters = await readAll(kafka, 'epochlog.collections.dlq');
    const [unreadable] = (await readAll(kafka, 'epochlog.collections')).filter(
      ({ key }) => key === 'undecodable',
    );
    const { partition, offset } = unreadable!;
    for (const { headers } of letters)
      expect(headers).toMatchObject({ dlq_partition: `${partition}`, dlq_offset: `${offset}` });
  });

  /** Records without their schema ids, and their decoded data. */
  async function contentOf(found: readonly StoredRecord[], registry: SchemaRegistry): Promise<unknown[]> {
    const codec = await openCodec(registry);
    return Promise.all(
      found.map(async (one) => ({
        key: one.key,
        headers: Object.entries(one.headers).filter(([name]) => !/^dlq_(partition|offset)$/.test(name)),
        bytes: Buffer.from(one.value.subarray(5)).toString('base64'),
        data: await codec.decodeData(one).catch(() => Buffer.from(one.value).toString()),
      })),
    );
  }

  const partitionIn = ({ key }: StoredRecord, partitions: number) =>
    partitionOf(Buffer.from(key), partitions);

  test('keeps its order across topics, by the timestamps of Kafka', async () => {
    const source = await openEmbeddedLog({ path: join(home, 'log') });
    const follower = source.follow(topics.map((topic) => ({ topic, partition: 0, offset: 0 })));
    const { signal } = new AbortController();
    const times = new Map<string, number[]>();
    for (const topic of topics)
      for (const { headers, timestamp } of await readAll(kafka, topic)) {
        const key = `${topic} ${headers.ce_id} ${headers.dlq_service}`;
        times.set(key, [...(times.get(key) ?? []), timestamp]);
      }
    const inOrder: number[] = [];
    while (inOrder.length < size) {
      for (const { topic, headers } of await follower.poll(1_000, signal))
        inOrder.push(times.get(`${topic} ${headers.ce_id} ${headers.dlq_service}`)!.shift()!);
    }
    await source.close();
    expect(inOrder).toEqual(inOrder.toSorted((a, b) => a - b));
    expect(new Set(inOrder).size).toBeGreaterThan(50);
  });

  test('is copied once: a second migration changes nothing', async () => {
    const before = await stateOf(kafka);
    expect(await migrated()).toMatchObject({ verified: true, present: size, moved: 0 });
    expect(await stateOf(kafka)).toEqual(before);
  });

  /** End offsets, and committed offsets of two services. */
  const stateOf = async (log: EventLog) => ({
    ends: await log.endOffsets(topics),
    registrar: await log.committed('registrar', topics),
    projector: await log.committed('projector', topics),
  });

  test('brings its artifacts to the bucket that is named', async () => {
    await using server = await startS3();
    const bucket = {
      EPOCHLOG_ARTIFACTS: `s3://${server.bucket}/models`,
      EPOCHLOG_S3_ENDPOINT: server.endpoint,
      AWS_ACCESS_KEY_ID: server.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    };
    const here = await Array.fromAsync(digestsIn(join(home, 'artifacts')));
    const done = await command.answer(home, MIGRATE, { ...inKafka, ...bucket });
    expect(done).toMatchObject({ verified: true, moved: 0, artifacts: here.length });
    const there = await Array.fromAsync(digestsIn(join(server.folder, 'models')));
    expect(there).toEqual(expect.arrayContaining(here));
    expect(here.length).toBeGreaterThan(5);
  });

  test('may have grown: the rest is copied, and the lag of every group stays the same', async () => {
    await withHome(async ({ publisher }) => {
      const asked = { model: 'arxiv-classifier', version: 'v9.9.9', reason: 'to see', requestedBy: 'ada' };
      await publisher.publish([newEvent('PromotionRequested', { ...asked, expected: null, force: false })]);
    });
    const { groups, projections, ...done } = await migrated();
    expect(done).toMatchObject({ verified: true, records: size + 1, present: size, moved: 1 });
    expect(projections.with).toBe('rebuilt');
    const lags = Object.fromEntries(groups.map(({ group, lag }) => [group, lag]));
    for (const group of ['projector', 'registrar']) expect(lags[group]).toEqual({ source: 1, target: 1 });
    for (const { source, target } of Object.values(lags)) expect(target).toBe(source);
    expect(lags.curator).toEqual({ source: 0, target: 0 });
  });
});

describe('services in the cluster', () => {
  const events = (...args: string[]) => command.answers<LoggedEvent>(home, ['events', ...args], inKafka);
  const counts = ({ totals }: Summary) =>
    Object.fromEntries(totals.map(({ type, events }) => [type, events]));

  test('resume at their offsets: unprocessed events are processed once, and no others', async () => {
    const expected = counts(summary);
    // the predictor of this process is another instance than that of the home, and reports what it serves
    for (const type of ['PromotionRequested', 'PromotionRefused', 'VersionServing'])
      expected[type] = (expected[type] ?? 0) + 1;
    const resumed = await answer<Summary>(...lifecycle);
    expect(counts(resumed)).toEqual(expected);
    const [last] = (await events('--stream', 'models', '--limit', '1')) as [LoggedEvent];
    expect(last).toMatchObject({ type: 'PromotionRefused', data: { version: 'v9.9.9', code: 'NOT_FOUND' } });
  });

  test('process new events once, and continue the sequence numbers', async () => {
    const before = await events('--stream', 'models', '--limit', '1000');
    const { code, stdout } = await finished(epochlog(home, ['train', '--seed', '99', '--json'], inKafka));
    expect(code).toBe(EXIT.refused.code); // it is trained on the same papers, and no better
    const { data }: LoggedEvent = JSON.parse(stdout.trimEnd().split('\n').at(-1)!);
    const versions = before.filter(({ type }) => type === 'VersionRegistered').length;
    expect(data.version).toBe(`v1.${versions}.0`);
    const fresh = (await events('--stream', 'models', '--limit', '1000')).slice(before.length);
    expect(fresh.filter(({ type }) => type === 'VersionRegistered')).toMatchObject([
      { data: { version: data.version }, sequence: before.at(-1)!.sequence + 1 },
    ]);
    expect(await answer('verify')).toMatchObject({ verified: true, log: { faults: 0 } });
  });

  test('may have continued: the log of the home is still verified in Kafka', async () => {
    const { groups, ...done } = await migrated();
    expect(done).toMatchObject({ verified: true, moved: 0, present: size + 1 });
    expect(groups.find(({ group }) => group === 'registrar')?.lag).toEqual({ source: 1, target: 0 });
    expect(await command.text(home, MIGRATE, inKafka)).toMatch(/registrar +1 +0 +continued in Kafka/);
  });
});

describe('what is refused', () => {
  test('another log in the same cluster', async () => {
    await command.answer(at('other-home'), ['collect', at('papers.jsonl'), '--to', '2024-03-01']);
    await fails(
      MIGRATE,
      3,
      /Kafka holds other records at epochlog\.\w+\/0@0: .*topics apply/,
      {},
      at('other-home'),
    );
    await fails([...MIGRATE, '--check'], 3, /Kafka holds other records/, {}, at('other-home'));
  });

  test('another registry, by its schema ids', async () => {
    const url = inject('registryUrl');
    const first = { type: 'record', name: 'First', namespace: 'epochlog.test', fields: [] };
    const registry = new ConfluentRegistry({ url, register: true });
    await registry.idOf('epochlog.test-epochlog.test.First', JSON.stringify(first));
    const changed = { EPOCHLOG_REGISTRY: url };
    await command.text(home, ['schemas', 'push'], { ...inKafka, ...changed });
    await fails(MIGRATE, 3, /schema id \d+, .* does EPOCHLOG_REGISTRY name/, changed);
  });

  test('a schema that was never published and is incompatible, with its text', async () => {
    const subject = 'epochlog.alerts-epochlog.alerts.AlertRaised';
    const { name, namespace } = { name: 'AlertRaised', namespace: 'epochlog.alerts' };
    const schema = JSON.stringify({
      type: 'record',
      name,
      namespace,
      fields: [{ name: 'odd', type: 'int' }],
    });
    const registry = (register: boolean) => new ConfluentRegistry({ url: cluster.registryUrl, register });
    const ids = await SchemaIds.find([{ topic: 'epochlog.alerts', id: 1, subject, schema }], registry(false));
    await expect(ids.register(registry(true))).rejects.toMatchObject({
      code: 'SCHEMA_INCOMPATIBLE',
      message: expect.stringMatching(/records of epochlog\.alerts .* never published.*NONE.*"odd"/),
    });
  });

  test('a cluster that does not answer', async () => {
    await fails(MIGRATE, 6, /LOG_UNAVAILABLE/, { EPOCHLOG_LOG: 'kafka://127.0.0.1:9' });
    await fails(MIGRATE, 6, /REGISTRY_UNAVAILABLE/, { EPOCHLOG_REGISTRY: 'http://127.0.0.1:9' });
  });
});
