import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { SteppedClock } from '../../kernel/testing/stepped-clock.ts';
import { VirtualClock } from '../../kernel/testing/virtual-clock.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import type { RemoteCollectionRequested } from '../../schemas/events.generated.ts';
import {
  type ArxivServer,
  type Disturbance,
  servedPapers,
  startArxivServer,
} from '../../test/harness/arxiv-server.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { killedWhen } from '../../test/harness/killed.ts';
import { paperRow } from '../../test/harness/records.ts';
import { type ServicesUnderTest, startServices } from '../../test/harness/services.ts';
import { service } from './service.ts';

const CATEGORIES = ['cs.AI', 'cs.LG'];

const environmentFor = ({ url }: ArxivServer, more: Readonly<Record<string, string>> = {}) => ({
  EPOCHLOG_COLLECTOR_ADDRESSES: `arxiv=${url},arxiv-oai=${url}/`,
  EPOCHLOG_COLLECTOR_PAUSE_SECONDS: '0',
  ...more,
});

const requested = (change: Partial<RemoteCollectionRequested> = {}) =>
  newEvent('RemoteCollectionRequested', {
    ...{ collectionId: 'c', task: 'arxiv', sourceName: 'arxiv', from: '2024-01-01', to: null },
    options: { categories: CATEGORIES.join(','), perCategory: '1000' },
    ...{ continues: null, requestedBy: 'ada' },
    ...change,
  });

async function collected(services: ServicesUnderTest) {
  const records = await services.all('RecordIngested');
  const [end] = await services.all('CollectionCompleted', 'CollectionFailed');
  return { ids: records.map(({ subject }) => subject), records, end: end?.data };
}

describe('a collection of a remote source', () => {
  test('takes what it lists of each category, and keeps every answer', async () => {
    await using server = await startArxivServer(servedPapers(CATEGORIES, 450));
    await using services = await startServices([service], { environment: environmentFor(server) });
    await services.publish(requested({ options: { categories: 'cs.AI,cs.LG', perCategory: '300' } }));

    const { ids, records, end } = await collected(services);
    expect(new Set(ids).size).toBe(600);
    expect(end).toMatchObject({ records: 600, rejected: 0, byTarget: { 'cs.AI': 300, 'cs.LG': 300 } });
    expect(records[0]?.data.fields).toMatchObject({
      arxiv_id: '2401.00000',
      categories: ['cs.AI', 'stat.ML'],
      primary_category: 'cs.AI',
      withdrawn: false,
    });
    const pages = await services.all('PageCollected');
    expect(pages.map(({ data: { records, total } }) => [records, total])).toEqual([
      [200, 600],
      [100, 600],
      [200, 600],
      [100, 600],
    ]);
    const answer = gunzipSync(await services.artifacts.get(pages[0]!.data.answer!)).toString();
    expect(answer).toContain('<id>http://arxiv.org/abs/2401.00000v1</id>');
  });

  test('of OAI-PMH follows its resumption tokens, and takes the categories that are asked for', async () => {
    await using server = await startArxivServer(servedPapers(['cs.AI', 'math.CO', 'cs.LG'], 90));
    await using services = await startServices([service], { environment: environmentFor(server) });
    await services.publish(
      requested({ sourceName: 'arxiv-oai', options: {}, from: '2024-01-02', to: '2024-01-09' }),
    );
    const { records, end } = await collected(services);
    expect(end).toMatchObject({ records: 112, byTarget: { 'cs.AI': 56, 'cs.LG': 56 } });
    expect(records[0]?.data.time).toBe('2024-01-02');
    expect(records.at(-1)?.data.time).toBe('2024-01-08');
    expect(server.requests).toHaveLength(2);
  });

  const unavailable = { status: 503, headers: { 'retry-after': '0' } };
  const empty = {
    status: 200,
    body: '<feed><totalResults>450</totalResults></feed>',
  };
  test.each<[string, Disturbance]>([
    ['is unavailable, and says when to come again', (count) => (count % 2 === 1 ? unavailable : undefined)],
    ['answers too many requests', (count) => (count === 2 ? { status: 429 } : undefined)],
    ['does not answer in time', (count) => (count === 2 ? 'hang' : undefined)],
    ['breaks off in the middle of an answer', (count) => (count === 3 ? 'cut' : undefined)],
    [
      'gives a page without entries now and then',
      (count) => (count === 2 || count === 3 ? empty : undefined),
    ],
    [
      'has a page of HTML in between',
      (count) => (count === 2 ? { status: 200, body: '<!DOCTYPE html><p>' } : undefined),
    ],
  ])('is complete where the source %s', async (_, disturb) => {
    await using server = await startArxivServer(servedPapers(CATEGORIES, 250), { disturb });
    const environment = environmentFor(server, { EPOCHLOG_COLLECTOR_TIMEOUT_SECONDS: '1' });
    await using services = await startServices([service], { environment });
    await services.publish(requested());
    const { ids, end } = await collected(services);
    expect(end).toMatchObject({ records: 500, rejected: 0 });
    expect(new Set(ids).size).toBe(500);
    expect(server.requests.length).toBeGreaterThan(4);
  });

  test('asks no faster than the source wants it to', async () => {
    const clock = new VirtualClock();
    await using server = await startArxivServer(servedPapers(CATEGORIES, 250), { clock });
    const environment = environmentFor(server, { EPOCHLOG_COLLECTOR_PAUSE_SECONDS: '600' });
    await using services = await startServices([service], { environment, clock });
    await services.publish(requested());
    const gaps = server.requests.slice(1).map(({ at }, i) => at - server.requests[i]!.at);
    expect(gaps).toHaveLength(3);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(600_000);
  });

  test('whose source is away holds no other one, and goes on when it is back', async () => {
    let isAway = true;
    const disturb: Disturbance = () => (isAway ? { status: 503 } : undefined);
    const clock = new SteppedClock(Date.now()); // longer waits than a minute end when the test says so
    await using server = await startArxivServer(servedPapers(CATEGORIES, 5), { disturb, clock });
    const environment = environmentFor(server, { EPOCHLOG_COLLECTOR_PAUSE_SECONDS: '100' });
    await using services = await startServices([service], { environment, clock });
    await services.publish(requested());
    const [failed] = await services.all('PageRequestFailed');
    expect(failed?.data).toMatchObject({ page: 1, attempt: 1, reason: 'it answered 503' });

    const source = await services.artifacts.put(Buffer.from(JSON.stringify(paperRow('file'))));
    const file = {
      collectionId: 'of-a-file',
      task: 'arxiv',
      source,
      sourceName: 'one.jsonl',
      generated: false,
    };
    await services.publish(
      newEvent('CollectionRequested', { ...file, from: null, to: null, requestedBy: 'ada' }),
    );
    const ends = async () => (await services.all('CollectionCompleted')).map(({ subject }) => subject);
    expect(await ends()).toEqual(['of-a-file']);
    isAway = false;
    await eventually(async () => {
      if (clock.earliest !== undefined) clock.advance(clock.earliest);
      return (await ends()).length === 2 || undefined;
    });
    const all = await services.all(
      'CollectionStarted',
      'PageRequestDue',
      'PageCollected',
      'CollectionCompleted',
    );
    const own = all.filter(({ subject }) => subject === 'c');
    const types = own.map(({ type }) => type);
    expect(types.filter((type, i) => type !== types[i - 1])).toEqual([
      'CollectionStarted',
      'PageRequestDue',
      'PageCollected',
      'CollectionCompleted',
    ]);
    expect(new Set(own.map(({ correlationId }) => correlationId)).size).toBe(1);
    expect(server.requests[1]!.at - server.requests[0]!.at).toBeGreaterThanOrEqual(150_000); // twice the pause, and 25 % less
  });

  test('takes turns with another one, page by page', async () => {
    await using server = await startArxivServer(servedPapers(CATEGORIES, 450));
    await using services = await startServices([service], { environment: environmentFor(server) });
    await services.publish(requested(), requested({ collectionId: 'd' }));
    const pages = (await services.all('PageCollected')).map(({ data }) => `${data.collectionId}${data.page}`);
    expect(pages).toHaveLength(12);
    expect(pages.slice(0, 4)).toEqual(['c1', 'd1', 'c2', 'd2']);
    const ends = await services.all('CollectionCompleted');
    expect(ends.map(({ data }) => data.records)).toEqual([900, 900]);
  });

  test('that failed is continued after its last page', async () => {
    const disturb: Disturbance = (count) => (count >= 3 && count <= 5 ? { status: 500 } : undefined);
    await using server = await startArxivServer(servedPapers(CATEGORIES, 450), { disturb });
    const environment = environmentFor(server, { EPOCHLOG_COLLECTOR_ATTEMPTS: '3' });
    await using services = await startServices([service], { environment });
    await services.publish(requested());
    expect((await collected(services)).end).toEqual({
      collectionId: 'c',
      task: 'arxiv',
      code: 'SOURCE_UNAVAILABLE',
      reason: 'arxiv was asked 3 times: it answered 500',
    });
    await services.publish(requested({ collectionId: 'd', continues: 'c' }));
    const { ids } = await collected(services);
    expect(ids).toHaveLength(900);
    expect(new Set(ids).size).toBe(900);
    expect(server.requests).toHaveLength(9);
  });

  test.each([
    [
      {
        status: 400,
        body: '<feed><entry><id>http://arxiv.org/api/errors#x</id><summary>incorrect id format</summary></entry></feed>',
      },
      {},
      'INPUT_INVALID',
      'it answered 400: arXiv refuses the request: incorrect id format',
    ],
    [
      { status: 200, body: Buffer.from('<feed><entry><title>Caf\xe9</title></entry></feed>', 'latin1') },
      {},
      'INPUT_INVALID',
      'its answer is not UTF-8',
    ],
    [
      undefined,
      { options: { categories: 'cs.AL' } },
      'INPUT_INVALID',
      "'cs.AL' is no category of this task: did you mean cs.AI?",
    ],
    [
      undefined,
      { options: { perCategory: '-1' } },
      'INPUT_INVALID',
      "--per-category takes a number from 1 to 100,000, not '-1'",
    ],
    [
      undefined,
      { options: { catgories: 'cs.AI' } },
      'INPUT_INVALID',
      "there is no option 'catgories': did you mean categories?",
    ],
    [
      undefined,
      { sourceName: 'arxvi' },
      'NOT_FOUND',
      "arxiv has no remote source 'arxvi': did you mean arxiv?",
    ],
    [
      undefined,
      { continues: 'nothing' },
      'NOT_FOUND',
      /^nothing is no collection of a remote source that failed/,
    ],
  ])('that cannot be had fails at once and says why', async (answer, change, code, reason) => {
    await using server = await startArxivServer([], { disturb: () => answer });
    await using services = await startServices([service], { environment: environmentFor(server) });
    await services.publish(requested(change));
    expect((await collected(services)).end).toEqual({
      ...{ collectionId: 'c', task: 'arxiv', code },
      reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
    });
    expect(server.requests.length).toBeLessThan(2);
  });

  test('of a source that sends more than can be held fails', async () => {
    const bomb = {
      status: 200,
      headers: { 'content-encoding': 'gzip' },
      body: gzipSync(Buffer.alloc(65 * 1024 * 1024, 32)),
    };
    await using server = await startArxivServer([], { disturb: () => bomb });
    await using services = await startServices([service], { environment: environmentFor(server) });
    await services.publish(requested());
    expect((await collected(services)).end).toMatchObject({
      code: 'INPUT_INVALID',
      reason: 'its answer is larger than 64 MB',
    });
  });

  test('whose page names itself as the next one fails', async () => {
    const body = `<OAI-PMH><ListRecords><resumptionToken>again</resumptionToken></ListRecords></OAI-PMH>`;
    await using server = await startArxivServer([], { disturb: () => ({ status: 200, body }) });
    await using services = await startServices([service], { environment: environmentFor(server) });
    await services.publish(requested({ sourceName: 'arxiv-oai', options: {} }));
    expect((await collected(services)).end).toMatchObject({
      code: 'INPUT_INVALID',
      reason: 'page 2 names itself as the next one: again',
    });
  });

  test('of 1,000 records that is killed twice equals one that was not', async () => {
    let allowed = Number.POSITIVE_INFINITY;
    let answered = 0;
    const disturb: Disturbance = () => {
      if (answered >= allowed) return 'hang';
      answered += 1;
      return undefined;
    };
    await using server = await startArxivServer(servedPapers(CATEGORIES, 500), { disturb });
    // it is killed while it waits for an answer: an attempt that fails would be an event more
    const environment = environmentFor(server);
    await using undisturbed = await startServices([service], { environment });
    await undisturbed.publish(requested());
    await undisturbed.host.settled();

    answered = 0;
    await using store = await startServices([]);
    await store.publish(requested());
    Object.assign(process.env, environment);
    for (const enough of [1, 3]) {
      allowed = enough;
      const pages = async () => (await store.all('PageCollected')).length >= enough || undefined;
      await killedWhen(() => eventually(pages), store.home, 'collector');
    }
    for (const name of Object.keys(environment)) delete process.env[name];
    expect(await store.all('PageCollected')).toHaveLength(3);
    allowed = Number.POSITIVE_INFINITY;
    await using services = await startServices([service], {
      home: store.home,
      environment,
    });
    await services.host.settled();

    const facts = async (of: ServicesUnderTest) =>
      (await of.all('RecordIngested', 'PageCollected', 'CollectionCompleted')).map(
        ({ type, subject, sequence, data }) => ({
          ...{ type, subject, sequence },
          data,
        }),
      );
    expect(await facts(services)).toEqual(await facts(undisturbed));
    expect((await collected(services)).ids).toHaveLength(1_000);
  });
});
