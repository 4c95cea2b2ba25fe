import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { newEvent } from '../../schemas/catalogue.ts';
import type { CollectionRequested } from '../../schemas/events.generated.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { killedWhen } from '../../test/harness/killed.ts';
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
      JSON.stringify(paper(1, '2024-05-01')),
    ];
    await collect(services, gzipSync(lines.join('\n')));

    const ingested = await services.all('RecordIngested');
    expect(ingested.map(({ data }) => [data.recordId, data.line])).toEqual([
      ['2405.00001', 10],
      ['2405.00002', 1],
    ]);
    const rejected = await services.all('RecordRejected');
    expect(rejected.map(({ data }) => [data.line, data.recordId, data.code])).toEqual([
      [2, 'papers.jsonl#2', 'broken_json'],
      [4, 'papers.jsonl#4', 'not_an_object'],
      [6, '2405.00004', 'bad_date'],
      [8, 'papers.jsonl#8', 'too_long'],
      [7, '2405.00005', 'wrong_type'],
      [5, '2405.00003', 'missing_field'],
      [9, 'papers.jsonl#9', 'bad_id'],
    ]);
    expect(rejected.at(-2)?.data.reason).toBe('abstract is missing');
    const course = await services.all('CollectionStarted', 'PageCollected', 'CollectionCompleted');
    expect(course.map(({ type, sequence }) => [type, sequence])).toEqual([
      ['CollectionStarted', 1],
      ['PageCollected', 2],
      ['CollectionCompleted', 3],
    ]);
    expect(course.at(-1)?.data).toEqual({
      collectionId: 'c',
      task: 'arxiv',
      records: 2,
      rejected: 7,
      firstTime: '2024-05-01',
      lastTime: '2024-05-02',
      rejections: {
        bad_date: 1,
        bad_id: 1,
        broken_json: 1,
        missing_field: 1,
        not_an_object: 1,
        too_long: 1,
        wrong_type: 1,
      },
      unrecorded: 0,
      byTarget: { 'cs.DB': 2 },
      repeated: 0,
    });
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
      { collectionId: 'c', task: 'arxiv', code, reason: expect.stringMatching(reason) },
    ]);
    expect(await services.all('RecordIngested', 'RecordRejected')).toEqual([]);
  });

  test('that is killed between pages goes on where it was', async () => {
    await using store = await startServices([]);
    const source = await store.artifacts.put(Buffer.from(papers(10_000)));
    const range = { sourceName: 'papers.jsonl', generated: false, from: null, to: null, requestedBy: 'ada' };
    await store.publish(
      newEvent('CollectionRequested', { collectionId: 'c', task: 'arxiv', source, ...range }),
    );
    const pagesBefore: number[] = [];
    for (const enough of [1, 4]) {
      const pages = async () => {
        const { length } = await store.all('PageCollected');
        return length >= enough ? length : undefined;
      };
      await killedWhen(() => eventually(pages), store.home, 'collector');
      pagesBefore.push((await store.all('PageCollected')).length);
    }
    expect(pagesBefore.at(-1)).toBeLessThan(20);
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
