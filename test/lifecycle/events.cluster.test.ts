import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../../cli/store.ts';
import { readConfig } from '../../infra/config/config.ts';
import type { Store } from '../../operations/session.ts';
import { type NewEvent, newEvent, type RecordedEvent } from '../../schemas/catalogue.ts';
import { service as curator } from '../../services/curator/service.ts';
import { service as sealer } from '../../services/sealer/service.ts';
import { generateCorpus } from '../../tasks/arxiv/corpus/generate.ts';
import { NO_FOLDS } from '../../tasks/policies/splits.ts';
import { epochlog, finished } from '../harness/command.ts';
import { eventually } from '../harness/eventually.ts';
import { factOf, shortPaper } from '../harness/facts.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { preparedServers } from '../harness/prepared.ts';
import { ingested } from '../harness/records.ts';
import { type ServiceProcess, startService } from '../harness/service-process.ts';
import { type ServicesUnderTest, startServices } from '../harness/services.ts';

/** The commands that look for events, on Kafka, which has no index: the projections tell where they are. And what MLflow's clients log. */

const CHAINS = 40;
const UNPROJECTED = 5;

const stack = new AsyncDisposableStack();
let home: string;
let environment: Record<string, string>;
let store: Store;
/** of each chain of events its correlation id */
const correlations: string[] = [];

beforeAll(async () => {
  home = stack.use(await temporaryFolder('events')).path;
  ({ environment } = stack.use(await preparedServers()));
  store = await openStore(readConfig({ home }, environment), 'test');
  stack.defer(() => store.close());
  const projector = await startService('projector', home, environment);
  for (let number = 0; number < CHAINS; number++) await appendChain(number);
  await eventually(async () => {
    const topics = (await store.log.topics()).map(({ name }) => name);
    const [ends, committed] = [
      await store.log.endOffsets(topics),
      await store.log.committed('projector', topics),
    ];
    return (
      ends.every(({ offset }, i) => committed[i]!.offset >= offset || topics[i]?.endsWith('.dlq')) ||
      undefined
    );
  });
  await projector.stop();
  for (let number = CHAINS; number < CHAINS + UNPROJECTED; number++) await appendChain(number);
});
afterAll(() => stack.disposeAsync());

/** A request, what was promoted because of it, and a record of the same correlation id. */
async function appendChain(number: number): Promise<void> {
  const model = `model-${number % 3}`;
  const who = { model, version: `v${number}`, reason: 'r', requestedBy: 'test' };
  const request = factOf(newEvent('PromotionRequested', { ...who, expected: null, force: false }));
  const promoted = newEvent('VersionPromoted', {
    ...who,
    previous: null,
    package: `sha256:${'0'.repeat(64)}`,
    runId: 'r',
    datasetId: 'd',
    evaluationId: 'e',
    policyVersion: 0,
  });
  const caused = (event: NewEvent): RecordedEvent => ({
    ...factOf(event, number + 1),
    correlationId: request.correlationId,
    causationId: request.id,
  });
  correlations.push(request.correlationId);
  const all = [request, caused(promoted), caused(shortPaper(`paper-${number}`))];
  await store.log.append(all.map(store.codec.encode));
}

/** What a command finds, and whether it scanned the log. */
async function found(args: readonly string[], variables = environment) {
  const { code, stdout, stderr } = await finished(epochlog(home, [...args, '--json'], variables));
  expect({ code, stderr: stderr.includes('the log is scanned') ? '' : stderr }).toEqual({
    code: 0,
    stderr: '',
  });
  const lines = stdout.split('\n').filter((line) => line !== '');
  return { events: lines.map((line) => JSON.parse(line)), isScanned: stderr.includes('the log is scanned') };
}

describe('on Kafka', () => {
  test.each([
    ['a correlation id', () => ['events', '--correlation', correlations[7]!], 3],
    ['one that is not projected yet', () => ['events', '--correlation', correlations.at(-1)!], 3],
    ['a type', () => ['events', '--type', 'VersionPromoted', '--limit', '1000'], CHAINS + UNPROJECTED],
    ['the last of a type', () => ['events', '--type', 'RecordIngested', '--limit', '9'], 9],
    ['no event', () => ['events', '--correlation', 'none'], 0],
  ] as const)('the events of %s are those that a scan of the log finds', async (_, args, count) => {
    const indexed = await found(args());
    const { EPOCHLOG_CLICKHOUSE: _url, ...withoutWarehouse } = environment;
    const scanned = await found(args(), withoutWarehouse);
    expect(indexed.events).toHaveLength(count);
    expect(indexed).toEqual({ events: scanned.events, isScanned: false });
    expect(scanned.isScanned).toBe(true);
  });

  test('the chain of events behind a version is the same, with and without the warehouse', async () => {
    const history = await found(['history', 'model-1']);
    const down = { ...environment, EPOCHLOG_CLICKHOUSE: 'http://127.0.0.1:1' };
    const scanned = await found(['history', 'model-1'], down);
    const types = history.events[0].chain.map(({ type }: RecordedEvent) => type);
    expect(types).toEqual(['PromotionRequested', 'VersionPromoted']);
    expect([history.isScanned, scanned.isScanned]).toEqual([false, true]);
    expect(scanned.events[0].chain).toEqual(history.events[0].chain);
  });
});

describe('MLflow clients of two trackers on Kafka', () => {
  let trackers: [ServiceProcess, ServiceProcess];
  beforeAll(async () => {
    const start = async () => stack.use(await startService('tracker', home, environment));
    trackers = await Promise.all([start(), start()]);
  });

  /** What is read of answers. */
  interface Answer {
    status: number;
    run: { info: { run_id: string }; data: { metrics: object[]; params: object[] } };
    runs: object[];
    model_version: { version: string };
    model_versions: object[];
  }

  /** The answer of one of the two. */
  async function ask(at: number, method: 'GET' | 'POST', path: string, body: Record<string, unknown>) {
    const query = method === 'GET' ? `?${new URLSearchParams(body as Record<string, string>)}` : '';
    const answer = await fetch(`${trackers[at % 2]!.url}/api/2.0/mlflow/${path}${query}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(method === 'POST' && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, ...((await answer.json()) as Omit<Answer, 'status'>) };
  }

  test('what one has acknowledged the other reads at once, and logs to', async () => {
    for (let i = 0; i < 20; i++) {
      const { run } = await ask(i, 'POST', 'runs/create', { experiment_id: '0', run_name: `r${i}` });
      const { run_id } = run.info;
      const metric = { run_id, key: 'loss', value: i, timestamp: 1, step: 0 };
      expect(await ask(i + 1, 'POST', 'runs/log-metric', metric)).toEqual({ status: 200 });
      const read = await ask(i, 'GET', 'runs/get', { run_id });
      expect(read.run.data.metrics).toEqual([{ key: 'loss', value: i, timestamp: 1, step: 0 }]);
      const found = await ask(i + 1, 'POST', 'runs/search', {
        ...{ experiment_ids: ['0'], filter: `attributes.run_name = 'r${i}' AND metrics.loss = ${i}` },
      });
      expect(found.runs).toHaveLength(1);
    }
  });

  test('both agree on what has taken effect: one of two values of a parameter, versions with numbers of their own', async () => {
    const { run } = await ask(0, 'POST', 'runs/create', { experiment_id: '0', run_name: 'shared' });
    const { run_id } = run.info;
    const given = await Promise.all(
      [0, 1].map((at) => ask(at, 'POST', 'runs/log-parameter', { run_id, key: 'depth', value: `${at}` })),
    );
    expect(given.map(({ status }) => status).sort()).toEqual([200, 400]);
    const winner = given.findIndex(({ status }) => status === 200);
    for (const at of [0, 1]) {
      const read = await ask(at, 'GET', 'runs/get', { run_id });
      expect(read.run.data.params).toEqual([{ key: 'depth', value: `${winner}` }]);
    }
    await ask(0, 'POST', 'registered-models/create', { name: 'churn' });
    const created = await Promise.all(
      [0, 1, 0, 1].map((at) =>
        ask(at, 'POST', 'model-versions/create', { name: 'churn', source: 's3://b/m' }),
      ),
    );
    expect(created.map(({ model_version }) => model_version.version).sort()).toEqual(['1', '2', '3', '4']);
    for (const at of [0, 1]) {
      const { model_versions } = await ask(at, 'GET', 'model-versions/search', { filter: "name='churn'" });
      expect(model_versions).toHaveLength(4);
    }
  });

  test('one that was killed and is started again has all that the other has acknowledged', async () => {
    const [first] = trackers;
    const { run } = await ask(1, 'POST', 'runs/create', { experiment_id: '0', run_name: 'after' });
    first.child.kill('SIGKILL');
    const { run_id } = run.info;
    const logged = { run_id, key: 'loss', value: 1, timestamp: 1, step: 0 };
    expect(await ask(1, 'POST', 'runs/log-metric', logged)).toEqual({ status: 200 });
    trackers[0] = stack.use(await startService('tracker', home, environment));
    const read = await ask(0, 'GET', 'runs/get', { run_id });
    expect(read.run.data.metrics).toMatchObject([{ key: 'loss', value: 1 }]);
  });
});

test('two curators on Kafka, of which one is stopped between, give the dataset that one gives without a server', async () => {
  const corpus = [...generateCorpus({ papers: 160, seed: 5 })];
  // each eighth comes again under another id, a word changed; each ninth as a version that is older than the first
  const copies = corpus
    .filter((_, i) => i % 8 === 0)
    .map((paper, i) => ({ ...paper, arxiv_id: `copy-${i}`, title: `${paper.title} again` }));
  const older = corpus
    .filter((_, i) => i % 9 === 0)
    .map((paper) => ({ ...paper, abstract: `${paper.abstract} We withdraw nothing.`, version: 1 }));
  const rows = [...corpus.map((paper) => ({ ...paper, version: 2 })), ...copies, ...older];
  const facts = rows.map(({ arxiv_id, ...fields }) => ingested(arxiv_id, { ...fields }));
  const half = facts.length / 2;
  const collected = async (to: Store, some: readonly NewEvent[]) => {
    await to.log.append(some.map((fact) => to.codec.encode(factOf(fact))));
  };
  const request = newEvent('DatasetRequested', {
    reuse: false,
    ...{ datasetId: 'two-curators', model: 'm', task: 'arxiv', extends: null, seed: 42 },
    ...{ trainFraction: 0.8, validationFraction: 0.1, minimumPerClass: 1, ...NO_FOLDS },
    ...{ split: 'random', minimumLabels: 1, labelTies: 'original', requestedBy: 'test' },
  });
  const sealedBy = async (services: ServicesUnderTest) => {
    await services.publish(request);
    const [sealed] = await services.all('DatasetSealed');
    return sealed?.data ?? (await services.all('DatasetRefused'));
  };
  await using alone = await startServices([curator, sealer]);
  await collected(alone, facts);
  await alone.host.settled();
  const expected = await sealedBy(alone);

  await using first = await startServices([curator], { store });
  await using second = await startServices([curator], { store });
  await collected(store, facts.slice(0, half));
  await eventually(async () => (await second.all('SampleAccepted')).length > 0 || undefined);
  await first.host.stop();
  await collected(store, facts.slice(half));
  await second.host.settled();
  await using sealing = await startServices([sealer], { store });
  expect(await sealedBy(sealing)).toMatchObject({ ...expected, sources: expect.any(Array) });
  const kinds = (await second.all('SampleDeduplicated')).map(({ data }) => data.matchedBy);
  expect(new Set(kinds)).toContain('near');
  const superseded = (await second.all('SampleRejected')).filter(({ data }) => data.reason === 'superseded');
  expect(superseded.length).toBeGreaterThan(10);
});
