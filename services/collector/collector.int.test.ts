import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type BasicType, ByteWriter, parquetWrite } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { newEvent } from '../../schemas/catalogue.ts';
import type { CollectionRequested } from '../../schemas/events.generated.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { killedAfter } from '../../test/harness/killed.ts';
import { type ServicesUnderTest, startServices } from '../../test/harness/services.ts';
import { service } from './service.ts';

const paper = (i: number, published = `2024-05-${String(1 + (i % 28)).padStart(2, '0')}`) => ({
  arxiv_id: `2405.${String(i).padStart(5, '0')}`,
  title: `Paper ${i}`,
  abstract: 'We append.',
  authors: [],
  categories: ['cs.DB'],
  primary_category: 'cs.DB',
  published,
});
const papers = (count: number) =>
  Array.from({ length: count }, (_, i) => JSON.stringify(paper(i))).join('\n');

/** Papers as Parquet, with columns of these types. */
function parquetOf(
  papers: readonly Record<string, unknown>[],
  types: Readonly<Record<string, BasicType>>,
): Buffer {
  const writer = new ByteWriter();
  const columnData = Object.entries(types).map(([name, type]) => ({
    ...{ name, type },
    data: papers.map((fields) => fields[name]),
  }));
  parquetWrite({ writer, columnData });
  return Buffer.from(writer.getBuffer());
}
const account = (i: number) => ({
  snapshot_id: `s-${i}`,
  day: `2024-05-0${1 + (i % 9)}`,
  account_id: `a-${i}`,
  plan: 'team',
  seats: 10 + i,
  logins_30d: i,
  health: 'healthy',
});
const accounts = Array.from({ length: 30 }, (_, i) => account(i));
const ACCOUNT_TYPES: Readonly<Record<string, BasicType>> = {
  ...{ snapshot_id: 'STRING', day: 'STRING', account_id: 'STRING', plan: 'STRING' },
  ...{ seats: 'INT32', logins_30d: 'INT32', health: 'STRING' },
};
const seatsAsText = accounts.map((fields) => ({ ...fields, seats: String(fields.seats) }));
const wrongTypes = parquetOf(seatsAsText, { ...ACCOUNT_TYPES, seats: 'STRING' });

const withTask = ({ task = 'arxiv' }: Partial<CollectionRequested>) => ({ task });

async function collect(
  { artifacts, publish }: ServicesUnderTest,
  bytes: Uint8Array | string,
  change: Partial<CollectionRequested> = {},
) {
  const source = await artifacts.put(Buffer.from(bytes));
  const base = {
    collectionId: 'c',
    task: 'arxiv',
    source,
    sourceName: 'papers.jsonl',
    generated: false,
    from: null,
    to: null,
    requestedBy: 'ada',
  };
  await publish(newEvent('CollectionRequested', { ...base, ...change }));
}

describe('a collection', () => {
  test('ingests papers as they were published, and rejects every line that is none', async () => {
    await using services = await startServices([service]);
    const lines = [
      JSON.stringify(paper(2, '2024-05-02')),
      '{"arxiv_id": "broken',
      '',
      '[]',
      JSON.stringify({ ...paper(3), abstract: undefined }),
      JSON.stringify({ ...paper(4), published: 'yesterday' }),
      JSON.stringify({ ...paper(5, '2024-05-01'), title: 5 }),
      'x'.repeat(2 ** 20 + 1),
      JSON.stringify({ ...paper(6), arxiv_id: '' }),
      JSON.stringify(paper(7, '2999-01-01')),
      JSON.stringify({ ...paper(8), arxiv_id: '2405.\0' }),
      '{"arxiv_id": "2405.00009", "title": "a\\u0000b", "abstract": "half \\ud83d", "categories": [], "primary_category": "cs.DB", "published": "2024-05-03"}',
      JSON.stringify(paper(1, '2024-05-01')),
    ];
    await collect(services, gzipSync(lines.join('\n')));

    const ingested = await services.all('RecordIngested');
    expect(ingested.map(({ data }) => [data.recordId, data.line])).toEqual([
      ['2405.00001', 13],
      ['2405.00002', 1],
      ['2405.00009', 12],
    ]);
    expect(ingested.at(-1)?.data.fields).toMatchObject({ title: 'a\0b', abstract: 'half \ufffd' });
    const rejected = await services.all('RecordRejected');
    expect(rejected.map(({ data }) => [data.line, data.recordId, data.code])).toEqual([
      [2, 'papers.jsonl#2', 'broken_json'],
      [4, 'papers.jsonl#4', 'not_an_object'],
      [6, '2405.00004', 'bad_date'],
      [8, 'papers.jsonl#8', 'too_long'],
      [7, '2405.00005', 'wrong_type'],
      [5, '2405.00003', 'missing_field'],
      [9, 'papers.jsonl#9', 'bad_id'],
      [11, 'papers.jsonl#11', 'bad_id'],
      [10, '2405.00007', 'in_future'],
    ]);
    const reasons = rejected.map(({ data }) => data.reason);
    expect(reasons).toContain('abstract is missing');
    expect(reasons).toContain('its time, 2999-01-01, has not come yet, and its target is known');
    expect(reasons).toContain('the id "2405.\\u0000" holds a control character');
    const course = await services.all('CollectionStarted', 'PageCollected', 'CollectionCompleted');
    expect(course.map(({ type, sequence }) => [type, sequence])).toEqual([
      ['CollectionStarted', 1],
      ['PageCollected', 2],
      ['CollectionCompleted', 3],
    ]);
    expect(course.at(-1)?.data).toEqual({
      collectionId: 'c',
      task: 'arxiv',
      records: 3,
      rejected: 9,
      firstTime: '2024-05-01',
      lastTime: '2024-05-03',
      rejections: {
        bad_date: 1,
        bad_id: 2,
        broken_json: 1,
        in_future: 1,
        missing_field: 1,
        not_an_object: 1,
        too_long: 1,
        wrong_type: 1,
      },
      unrecorded: 0,
      byTarget: { 'cs.DB': 3 },
      repeated: 0,
    });
  });

  test('of Parquet, compressed lines of JSON or CSV has the same records', async () => {
    await using services = await startServices([service]);
    const lines = accounts.map((fields) => JSON.stringify(fields)).join('\n');
    const csv = [Object.keys(account(0)), ...accounts.map((fields) => Object.values(fields))].join('\n');
    const task = 'account-health';
    await collect(services, parquetOf(accounts, ACCOUNT_TYPES), { collectionId: 'a', task });
    await collect(services, zstdCompressSync(lines), { collectionId: 'b', task });
    await collect(services, zstdCompressSync(csv), {
      collectionId: 'c',
      task,
      sourceName: 'accounts.csv.zst',
    });

    const records = Map.groupBy(await services.all('RecordIngested'), ({ data }) => data.collectionId);
    const contentOf = (collection: string) =>
      records.get(collection)?.map(({ data: { collectionId, line, ...record } }) => record);
    expect(contentOf('a')).toHaveLength(accounts.length);
    expect(contentOf('b')).toEqual(contentOf('a'));
    expect(contentOf('c')).toEqual(contentOf('a'));
  });

  test('of CSV has the papers of a table, and of a cell that is larger than any the line', async () => {
    await using services = await startServices([service]);
    const row = (id: string, abstract: string) => `${id},A title,${abstract},cs.AI,2024-01-01,v2`;
    const lines = [
      'arxiv_id,title,abstract,primary_category,published,version',
      row('2401.00001', '"We append, and read"'),
      row('2401.00002', 'x'.repeat(2 ** 20)),
      row('2401.00003', 'a\0b'),
      '2401.00004,A title',
    ];
    await collect(services, lines.join('\n'), { sourceName: 'papers.csv' });
    const facts = await services.all('RecordIngested', 'RecordRejected');
    expect(facts.map(({ data }) => [data.line, 'code' in data ? data.code : data.fields])).toEqual([
      [3, 'too_long'],
      [5, 'missing_field'],
      [2, expect.objectContaining({ abstract: 'We append, and read', version: 'v2' })],
      [4, expect.objectContaining({ abstract: 'a\0b' })],
    ]);
  });

  test('comes in pages, and slice by slice without a line lost or taken twice', async () => {
    await using services = await startServices([service]);
    const bytes = gzipSync(`${papers(1_300)}\nbroken`);
    await collect(services, bytes, { collectionId: 'first', to: '2024-05-12' });
    await collect(services, bytes, { collectionId: 'second', from: '2024-05-12' });
    await collect(services, bytes, { collectionId: 'third', from: '2025-01-01' });

    const pages = await services.all('PageCollected');
    expect(
      pages.map(({ data: { collectionId, task, page, records, rejected } }) => [
        collectionId,
        task,
        page,
        records,
        rejected,
      ]),
    ).toEqual([
      ['first', 'arxiv', 1, 499, 1],
      ['first', 'arxiv', 2, 18, 0],
      ['second', 'arxiv', 1, 500, 0],
      ['second', 'arxiv', 2, 283, 0],
    ]);
    const ingested = await services.all('RecordIngested');
    expect(new Set(ingested.map(({ subject }) => subject)).size).toBe(1_300);
    expect(ingested.map(({ data }) => data.time)).toEqual(ingested.map(({ data }) => data.time).sort());
    const [, , third] = await services.all('CollectionCompleted');
    expect(third?.data).toMatchObject({ records: 0, rejected: 0, firstTime: null, lastTime: null });
  });

  test('of a flood of lines that are none tells the first thousand, and of the others how many', async () => {
    await using services = await startServices([service]);
    const flood = `${'0\n'.repeat(30_000)}\u200b\n${' \n'.repeat(300_000)}${papers(3)}\n`;
    await collect(services, gzipSync(`${JSON.stringify({ published: '2024-05-02' })}\n${flood}`));

    expect(await services.all('RecordRejected')).toHaveLength(1_000);
    expect(await services.all('RecordIngested')).toHaveLength(3);
    expect(await services.all('PageCollected')).toHaveLength(3);
    expect((await services.all('CollectionCompleted')).map(({ data }) => data)).toEqual([
      expect.objectContaining({
        records: 3,
        rejected: 30_002,
        rejections: { missing_field: 1, not_an_object: 30_001 },
        unrecorded: 29_002,
      }),
    ]);
  });

  test.each([
    ['an empty file', '', {}, 'INPUT_EMPTY', /papers.jsonl is empty/],
    ['a plain file called gzip', papers(2), { sourceName: 'papers.gz' }, 'INPUT_UNREADABLE', /rename it/],
    [
      'half a gzip file',
      gzipSync(papers(2_000)).subarray(0, 9_000),
      {},
      'INPUT_UNREADABLE',
      /download it again/,
    ],
    [
      'a file in Latin-1',
      Buffer.from('{"title": "\xfc"}', 'latin1'),
      {},
      'INPUT_UNREADABLE',
      /at line 1.*iconv/,
    ],
    [
      'a CSV file with a row longer than its header',
      'arxiv_id,title,abstract,primary_category,published\n1,2,3,4,5,6\n',
      { sourceName: 'papers.csv' },
      'INPUT_UNREADABLE',
      /line 2 has 6 cells, more than the first line/,
    ],
    [
      'a CSV file with a column twice',
      'arxiv_id,title,title\n',
      { sourceName: 'papers.csv' },
      'INPUT_INVALID',
      /'title' is there twice/,
    ],
    [
      'a Parquet file with wrong types',
      wrongTypes,
      { task: 'account-health', sourceName: 'accounts.parquet' },
      'INPUT_INVALID',
      /'seats' holds UTF8, and the task needs a number: cast it/,
    ],
    ['half a Parquet file', wrongTypes.subarray(0, 90), {}, 'INPUT_UNREADABLE', /cut off/],
    ['a slice that begins nowhere', papers(2), { from: '2024' }, 'INPUT_INVALID', /'2024' is not a date/],
    [
      'a file that was never stored',
      '',
      { source: `sha256:${'0'.repeat(64)}` },
      'ARTIFACT_MISSING',
      /no artifact/,
    ],
  ])('of %s fails, and nothing of it is ingested', async (_, bytes, change, code, reason) => {
    await using services = await startServices([service]);
    await collect(services, bytes, change);
    const failed = await services.all('CollectionFailed');
    expect(failed.map(({ data }) => data)).toEqual([
      { collectionId: 'c', ...withTask(change), code, reason: expect.stringMatching(reason) },
    ]);
    expect(await services.all('RecordIngested', 'RecordRejected')).toEqual([]);
  });

  test('is not needed for records that others submit', async () => {
    await using services = await startServices([service]);
    const fields = account(1);
    const request = { task: 'account-health', recordId: 's-1', source: 'crm', fields };
    await services.publish(
      newEvent('RecordSubmitted', request),
      newEvent('RecordSubmitted', {
        ...request,
        recordId: 's-2',
        fields: { ...fields, snapshot_id: 's-2', seats: -1 },
      }),
      newEvent('RecordSubmitted', { ...request, recordId: 's-3' }),
    );

    const facts = await services.all('RecordIngested', 'RecordRejected');
    expect(facts.map(({ subject, data }) => [subject, data])).toMatchObject([
      ['account-health/s-1', { collectionId: 'crm', line: 0, time: '2024-05-02', fields }],
      ['account-health/s-2', { collectionId: 'crm', code: 'invalid_field' }],
      ['account-health/s-3', { code: 'bad_id', reason: expect.stringMatching(/reads the id s-1/) }],
    ]);
  });

  test('of a folder is one of each complete file whose content is new, where the settings allow the folder', async () => {
    await using folder = await temporaryFolder('incoming');
    const old = new Date(Date.now() - 10_000);
    const write = async (name: string, content: string, changed = old) => {
      await writeFile(join(folder.path, name), content);
      await utimes(join(folder.path, name), changed, changed);
    };
    await write('a.jsonl', JSON.stringify(paper(1)));
    await write('b.jsonl.part', JSON.stringify(paper(2)));
    await write('c.jsonl', JSON.stringify(paper(3)), new Date(Date.now() + 3_600_000)); // it is still written
    await write('d.jsonl', '');
    await write('same-as-a.jsonl', JSON.stringify(paper(1)));
    const environment = { EPOCHLOG_COLLECTOR_FOLDERS: `/nowhere, ${folder.path}` };
    await using services = await startServices([service], { environment });
    const ask = (collectionId: string, path = folder.path, task = 'arxiv') =>
      services.publish(
        newEvent('FolderCollectionRequested', { collectionId, task, folder: path, requestedBy: 'ada' }),
      );
    await ask('first');
    await write('b.jsonl', JSON.stringify(paper(2)));
    await ask('second');
    const read = await services.all('FolderRead');
    expect(read.map(({ data: { collected, known, unfinished } }) => [collected, known, unfinished])).toEqual([
      [['a.jsonl'], 1, 3],
      [['b.jsonl'], 2, 3],
    ]);
    const records = await services.all('RecordIngested');
    expect(records.map(({ data }) => [data.collectionId, data.recordId])).toEqual([
      ['first-1', '2405.00001'],
      ['second-1', '2405.00002'],
    ]);
    await ask('elsewhere', join(folder.path, '..'));
    await ask('gone', join(folder.path, 'gone'));
    await ask('unknown', folder.path, 'nothing');
    const failed = await services.all('CollectionFailed');
    expect(failed.map(({ data }) => [data.collectionId, data.code])).toEqual([
      ['elsewhere', 'INPUT_INVALID'],
      ['gone', 'INPUT_UNREADABLE'],
      ['unknown', 'TASK_UNKNOWN'],
    ]);
    expect(failed[0]?.data.reason).toContain('name it in EPOCHLOG_COLLECTOR_FOLDERS');
  });

  test('that is killed between pages goes on where it was', async () => {
    await using store = await startServices([]);
    const source = await store.artifacts.put(Buffer.from(papers(10_000)));
    const range = { sourceName: 'papers.jsonl', generated: false, from: null, to: null, requestedBy: 'ada' };
    await store.publish(
      newEvent('CollectionRequested', { collectionId: 'c', task: 'arxiv', source, ...range }),
    );
    for (const pages of [1, 3]) await killedAfter('PageCollected', pages, store.home, 'collector');
    expect(await store.all('PageCollected')).toHaveLength(4);
    await using services = await startServices([service], { home: store.home });
    await services.host.settled();

    const pages = await services.all('PageCollected');
    expect(pages.map(({ data }) => data.page)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    const ingested = await services.all('RecordIngested');
    expect(ingested).toHaveLength(10_000);
    expect(new Set(ingested.map(({ subject }) => subject)).size).toBe(10_000);
    expect(new Set(ingested.map(({ id }) => id)).size).toBe(10_000);
    const course = await services.all('CollectionStarted', 'PageCollected', 'CollectionCompleted');
    expect(course.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 22 }, (_, i) => i + 1));
    expect(course.at(-1)?.data).toMatchObject({ records: 10_000, rejected: 0 });
  });
});
