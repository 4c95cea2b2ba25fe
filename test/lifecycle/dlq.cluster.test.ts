import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore } from '../../cli/store.ts';
import { readConfig } from '../../infra/config/config.ts';
import { ConfluentRegistry } from '../../infra/registry/confluent.ts';
import type { DeadLetter } from '../../kernel/dead-letters/dead-letter.ts';
import type { LogRecord } from '../../kernel/ports/log.ts';
import type { Store } from '../../operations/session.ts';
import type { RecordedEvent } from '../../schemas/catalogue.ts';
import { loadSchemas } from '../../schemas/load.ts';
import { readAll } from '../contract/event-log-kit.ts';
import { startClickHouseServer } from '../harness/clickhouse-server.ts';
import { answer, answers, epochlog, finished, text } from '../harness/command.ts';
import { eventually } from '../harness/eventually.ts';
import { factOf, shortPaper } from '../harness/facts.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { newer } from '../harness/newer-schema.ts';
import { preparedCluster } from '../harness/prepared.ts';
import { type ServiceProcess, startService } from '../harness/service-process.ts';

/** Dead letters on Kafka: the service runs in one process, the commands in others. */

const PAPERS = 'epochlog.records';

const stack = new AsyncDisposableStack();
let home: string;
let environment: Record<string, string>;
let store: Store;
let curator: ServiceProcess;
/** the last id that the registry has given */
let lastSchema = 0;

beforeAll(async () => {
  home = stack.use(await temporaryFolder('dlq')).path;
  const prepared = stack.use(await preparedCluster());
  const clickhouse = stack.use(await startClickHouseServer());
  environment = {
    ...prepared.environment,
    ...clickhouse.environment,
  };
  await startCurator();
  store = await openStore(readConfig({ home }, environment), 'test');
  stack.defer(() => store.close());
});
afterAll(() => stack.disposeAsync());

async function startCurator(): Promise<void> {
  curator = stack.use(await startService('curator', home, environment));
  environment.EPOCHLOG_API = curator.url;
}

/** A paper as the collector would have written it. */
const paper = (arxivId: string): RecordedEvent => factOf(shortPaper(arxivId));

/** The schema that papers will have, which has the next id that the registry gives. */
async function newerPapers(...ids: readonly string[]) {
  const pushed = await answers<{ id: number }>(home, ['schemas', 'push'], environment);
  lastSchema = 1 + Math.max(lastSchema, ...pushed.map(({ id }) => id));
  const all = ids.map((id) =>
    newer({ codec: store.codec, schemas: loadSchemas(), event: paper(id) }, lastSchema),
  );
  const registry = new ConfluentRegistry({ url: environment.EPOCHLOG_REGISTRY!, register: true });
  return { records: all.map(({ record }) => record), register: () => all[0]!.registerAt(registry) };
}

/** Resolves once the curator has committed everything that is there now. */
const passed = (topic = PAPERS) =>
  eventually(async () => {
    const [ends, committed] = [
      await store.log.endOffsets([topic]),
      await store.log.committed('curator', [topic]),
    ];
    return ends.every((end, i) => committed[i]!.offset >= end.offset) ? true : undefined;
  });

const decisionsOn = async (arxivId: string) => {
  const decisions = store.events.scan(['SampleAccepted', 'SampleDeduplicated', 'SampleRejected']);
  return (await Array.fromAsync(decisions)).filter(({ subject }) => subject === `arxiv/${arxivId}`);
};

const list = (...args: string[]) => answers<DeadLetter>(home, ['dlq', 'list', ...args], environment);

test('an event that cannot be decoded is a dead letter before its offset is committed, and is processed once when redriven', async () => {
  const { records, register } = await newerPapers('poison', 'venom');
  const good = (id: string): LogRecord => store.codec.encode(paper(id));
  await store.log.append([good('before'), ...records, good('after')]);
  await passed();
  const deadLetters = await readAll(store.log, `${PAPERS}.dlq`); // they were committed with the offsets
  expect(deadLetters.map(({ key, headers }) => [key, headers.dlq_service, headers.dlq_code])).toEqual([
    ['arxiv/poison', 'curator', 'EVENT_UNDECODABLE'],
    ['arxiv/venom', 'curator', 'EVENT_UNDECODABLE'],
  ]);
  for (const id of ['before', 'after']) expect(await decisionsOn(id)).toHaveLength(1);

  const [first, second] = await list();
  expect([first, second]).toMatchObject(
    ['arxiv/poison', 'arxiv/venom'].map((subject) => ({
      subject,
      service: 'curator',
      state: 'open',
      attempt: 1,
    })),
  );
  expect(await answer(home, ['dlq', 'show', first!.id], environment)).toMatchObject({
    identical: true,
    undecodable: { bytes: Buffer.from(records[0]!.value).toString('hex') },
  });

  const tooSoon = await finished(epochlog(home, ['dlq', 'redrive', first!.id, '--json'], environment));
  expect([tooSoon.code, JSON.parse(tooSoon.stdout)]).toMatchObject([
    3,
    { state: 'failed', again: { attempt: 2, code: 'EVENT_UNDECODABLE' } },
  ]);
  const again = (await list()).find(({ subject }) => subject === 'arxiv/poison');
  await register();
  expect(await text(home, ['dlq', 'redrive', again!.id], environment)).toBe(`${again!.id}: redriven\n`);
  expect(await decisionsOn('poison')).toMatchObject([{ sequence: 1, causationId: again!.eventId }]);

  curator.child.kill('SIGKILL');
  expect(await text(home, ['dlq', 'redrive', second!.id, '--no-wait'], environment)).toMatch(
    /redriving; curator/,
  );
  await startCurator();
  await passed(`${PAPERS}.dlq`);
  expect(await decisionsOn('venom')).toMatchObject([{ sequence: 1 }]);
  expect((await list('--all')).map(({ subject, state }) => `${subject} ${state}`).sort()).toEqual([
    'arxiv/poison failed',
    'arxiv/poison redriven',
    'arxiv/venom redriven',
  ]);

  const conflict = await finished(
    epochlog(home, ['dlq', 'discard', second!.id, '--reason', 'x'], environment),
  );
  expect(conflict).toMatchObject({ code: 3, stderr: expect.stringContaining('was redriven') });
});

test('an event is processed once when its service is killed again and again during redrives', async () => {
  const names = Array.from({ length: 6 }, (_, i) => `often-${i}`);
  const { records, register } = await newerPapers(...names);
  await store.log.append(records);
  await passed();
  const ids = (await list()).map(({ id }) => id);
  expect(ids).toHaveLength(names.length);
  await register();
  for (const id of ids.slice(0, 3)) {
    await text(home, ['dlq', 'redrive', id, '--no-wait'], environment);
    curator.child.kill('SIGKILL');
    await startCurator();
  }
  const all = await answers<DeadLetter>(home, ['dlq', 'redrive', '--all'], environment);
  expect(all.map(({ id, state }) => [id, state])).toEqual(ids.slice(3).map((id) => [id, 'redriven']));
  await passed(`${PAPERS}.dlq`);
  for (const name of names) expect(await decisionsOn(name)).toHaveLength(1);
  expect(await list()).toEqual([]);
});
