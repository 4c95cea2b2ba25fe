import kafkajs, { type Admin, Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { topicSpecs } from '../../cli/adapters/log.ts';
import { ConfluentRegistry } from '../../infra/registry/confluent.ts';
import { subjectOfSchema } from '../../kernel/codec.ts';
import type { EventSchema } from '../../kernel/schema.ts';
import { ALL_STREAMS } from '../../schemas/catalogue.ts';
import { loadSchemas } from '../../schemas/load.ts';
import { versionsOf } from '../../schemas/published.ts';
import { type Cluster, startCluster } from '../harness/cluster/cluster.ts';
import { answer, answers, epochlog, finished, text } from '../harness/command.ts';
import { type TemporaryFolder, temporaryFolder } from '../harness/folder.ts';

/** A cluster is prepared: first what is missing is told, then it is made, then what is wrong with it is told. */

const streams = loadSchemas();
const subjects = streams.flatMap((stream) =>
  versionsOf(stream).map((schema) => subjectOfSchema(stream.name, schema)),
);
const wanted = topicSpecs((name) => streams.find((stream) => stream.name === name)!.partitions);

let home: TemporaryFolder;
let cluster: Cluster;
let admin: Admin;
let environment: Record<string, string>;

beforeAll(async () => {
  home = await temporaryFolder('prepare');
  cluster = await startCluster({ registry: true });
  admin = new Kafka({ brokers: cluster.brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  environment = {
    EPOCHLOG_LOG: `kafka://${cluster.brokers.join(',')}`,
    EPOCHLOG_REGISTRY: cluster.registryUrl,
  };
});
afterAll(async () => {
  await admin?.disconnect();
  await cluster?.close();
  await home.remove();
});

const apply = ['topics', 'apply'];
const push = ['schemas', 'push'];

/** Asserts that a command ends with this code, and says why. */
async function fails(
  args: readonly string[],
  code: number,
  why: RegExp,
  changed: Record<string, string> = {},
): Promise<void> {
  const end = await finished(epochlog(home.path, args, { ...environment, ...changed }));
  expect({ code: end.code, stderr: end.stderr }).toEqual({ code, stderr: expect.stringMatching(why) });
}

describe('topics apply', () => {
  const { TOPIC } = kafkajs.ConfigResourceTypes;

  /** What a topic is set to. */
  async function configuration(topic: string): Promise<Record<string, string>> {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: TOPIC, name: topic }],
    });
    const entries = resources[0]?.configEntries.map(({ configName, configValue }) => [
      configName,
      configValue,
    ]);
    return Object.fromEntries(entries ?? []);
  }

  /** Changes what a topic is set to, and waits until the broker itself says so: it learns it from the controller, after the answer. */
  async function configure(topic: string, changes: Record<string, string>): Promise<void> {
    const configEntries = Object.entries(changes).map(([name, value]) => ({ name, value }));
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: TOPIC, name: topic, configEntries }],
    });
    await expect.poll(() => configuration(topic)).toMatchObject(changes);
  }

  test('is what a command asks for that finds no topics', async () => {
    await fails(['events'], 2, /no topic 'epochlog\.\w+' .* `epochlog topics apply` \[LOG_TOPIC_UNKNOWN\]/);
  });

  test('creates all topics that are missing, and none twice', async () => {
    expect(await answer(home.path, apply, environment)).toEqual({ created: wanted, present: [] });
    expect(await answer(home.path, apply, environment)).toEqual({ created: [], present: wanted });
    expect(await text(home.path, apply, environment)).toBe(
      `0 topics created, ${wanted.length} were present\n`,
    );
    const { topics } = await admin.fetchTopicMetadata({ topics: wanted.map(({ name }) => name) });
    expect(topics.map(({ name, partitions }) => ({ name, partitions: partitions.length }))).toEqual(
      expect.arrayContaining(wanted),
    );
  });

  test('keeps records for ever', async () => {
    for (const { name } of wanted) {
      expect(await configuration(name)).toMatchObject({
        'cleanup.policy': 'delete',
        'retention.ms': '-1',
        'retention.bytes': '-1',
      });
    }
  });

  test('refuses a topic that somebody made to forget', async () => {
    const [topic, before] = ['epochlog.records', await configuration('epochlog.records')];
    const own = Object.fromEntries(
      ['retention.ms', 'retention.bytes', 'cleanup.policy', 'message.timestamp.type'].map((name) => [
        name,
        before[name]!,
      ]),
    );
    await configure(topic, { ...own, 'retention.ms': '604800000' });
    await fails(
      apply,
      2,
      /'epochlog\.records' .* retention\.ms=604800000, .*: set retention\.ms=-1 \[CONFIG_INVALID\]/,
    );
    await configure(topic, own);
    expect(await answer(home.path, apply, environment)).toMatchObject({ created: [] });
  });
});

describe('schemas push', () => {
  /** The last of all, so that what comes before it is registered already. */
  const stream = streams.at(-1)!;
  const last = stream.events.at(-1)!;
  const subject = subjectOfSchema(stream.name, last);
  const at = (path: string) => `${cluster.registryUrl}${path}`;

  test('is what a command asks for that finds no schemas', async () => {
    await fails(['events'], 2, /`epochlog schemas push` \[SCHEMA_UNKNOWN\]/);
  });

  test('is refused by a registry that holds something else of that name, which it explains', async () => {
    const [key, ...others] = last.fields;
    const other = {
      ...last,
      fields: [key, { ...others[0], type: { type: 'map', values: 'bytes' } }, ...others.slice(1)],
    };
    await new ConfluentRegistry({ url: cluster.registryUrl, register: true }).idOf(
      subject,
      JSON.stringify(other as EventSchema),
    );
    const why = new RegExp(
      `${last.name} at http.*: incompatible with its version 1: ${others[0]!.name} was map of bytes and is ` +
        '.*: keep the type.* \\[SCHEMA_INCOMPATIBLE\\]',
    );
    await fails(push, 3, why);
    await fetch(at(`/subjects/${subject}`), { method: 'DELETE' });
  });

  test('registers every version of every schema, and none twice', async () => {
    type Pushed = { subject: string; id: number; new: boolean };
    const first = await answers<Pushed>(home.path, push, environment);
    expect(first.map((pushed) => pushed.subject)).toEqual(subjects);
    const registered = first.filter((pushed) => pushed.new).map((pushed) => pushed.subject);
    expect(registered).toEqual(subjects.slice(subjects.indexOf(subject)));
    expect(await answers(home.path, push, environment)).toEqual(
      first.map((pushed) => ({ ...pushed, new: false })),
    );
    expect(await text(home.path, push, environment)).toBe(
      `0 schemas registered, ${subjects.length} were present\n`,
    );
    expect(await text(home.path, ['events'], environment)).toBe('');
  });

  test('sees to the compatibility of every subject', async () => {
    const level = async () => (await fetch(at(`/config/${subject}`))).json();
    expect(await level()).toEqual({ compatibilityLevel: 'FULL_TRANSITIVE' });
    const set = (compatibility: string) =>
      fetch(at(`/config/${subject}`), {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ compatibility }),
      });
    await set('NONE');
    await text(home.path, push, environment);
    expect(await level()).toEqual({ compatibilityLevel: 'FULL_TRANSITIVE' });
    await set('BACKWARD');
    await fails(push, 2, /BACKWARD, not FULL_TRANSITIVE; .* \[CONFIG_INVALID\]/);
    await set('FULL_TRANSITIVE');
  });

  test('says that there is no registry at a URL', async () => {
    const url = new URL('/', cluster.registryUrl).href;
    const why = /there is no schema registry at this URL; check the path/;
    await fails(push, 2, why, { EPOCHLOG_REGISTRY: url });
    await fails(['events'], 2, why, { EPOCHLOG_REGISTRY: url });
  });

  test('says that the registry does not answer', async () => {
    await cluster.stopRegistry();
    const why = /check that the schema registry runs and can be reached from here \[REGISTRY_UNAVAILABLE\]/;
    await Promise.all([fails(push, 6, why), fails(['events'], 6, why)]);
    await cluster.startRegistry();
    expect(await text(home.path, push, environment)).toMatch(/^0 schemas registered/);
  });
});

describe('a cluster that is not as it was prepared', () => {
  test('has a topic of more partitions', async () => {
    const [stream] = ALL_STREAMS;
    const topic = `epochlog.${stream}`;
    const partitions = async () =>
      (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0]?.partitions;
    await admin.createPartitions({ topicPartitions: [{ topic, count: 7 }] });
    await expect.poll(partitions).toHaveLength(7); // the broker learns it from the controller, after the answer
    const why = new RegExp(`'epochlog\\.${stream}' .*has 7 partitions, not \\d+.*\\[CONFIG_INVALID\\]`);
    await fails(apply, 2, why);
    await fails(['events'], 2, why);
  });

  test('does not answer', async () => {
    await admin.disconnect();
    await cluster.stopBroker(0);
    await fails(apply, 6, /check that it runs .* can be reached from here \[LOG_UNAVAILABLE\]/);
  });
});
