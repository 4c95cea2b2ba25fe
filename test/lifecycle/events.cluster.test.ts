import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../../cli/store.ts';
import { readConfig } from '../../infra/config/config.ts';
import type { Store } from '../../operations/session.ts';
import { type NewEvent, newEvent, type RecordedEvent } from '../../schemas/catalogue.ts';
import { epochlog, finished } from '../harness/command.ts';
import { eventually } from '../harness/eventually.ts';
import { factOf, shortPaper } from '../harness/facts.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { preparedServers } from '../harness/prepared.ts';
import { startService } from '../harness/service-process.ts';

/** The commands that look for events, on Kafka, which has no index: the projections tell where they are. */

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
