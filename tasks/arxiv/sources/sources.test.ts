import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Page } from '../../source.ts';
import { source as api } from './api.ts';
import { source as oai } from './oai.ts';

const ANSWERS = join(import.meta.dirname, '../../../../shared/data/arxiv-api');
const real = existsSync(ANSWERS);
const answer = (name: string) => readFileSync(join(ANSWERS, name), 'utf8');

const QUERY = { options: {}, from: '2024-01-01', to: null };
const ALL = api.check(QUERY);
const ids = (page: Page) => ('rows' in page ? page.rows.map((row) => row.arxiv_id) : []);

const entry = (id: string, more: { summary?: string; comment?: string; published?: string } = {}) => `
  <entry><id>http://arxiv.org/abs/${id}</id><title>A
    title &amp; more</title><summary>${more.summary ?? 'We prove &lt; it.'}</summary>
  <published>${more.published ?? '2024-01-02T00:00:00Z'}</published><comment>${more.comment ?? ''}</comment>
  <category term="cs.AI"/><primary_category term="cs.AI"/><author><name>A. Author</name></author></entry>`;
const feed = (entries: readonly string[], total = entries.length) =>
  `<feed><totalResults>${total}</totalResults>${entries.join('')}</feed>`;

describe('the API', () => {
  test('is asked for a category and days, oldest first, the newest without a beginning', () => {
    const asked = new URL(api.request(api.check({ ...QUERY, to: '2024-03-01' }), null), api.address);
    expect(Object.fromEntries(asked.searchParams)).toEqual({
      search_query: 'cat:cs.AI AND submittedDate:[202401010000 TO 202402292359]',
      sortBy: 'submittedDate',
      sortOrder: 'ascending',
      start: '0',
      max_results: '200',
    });
    expect(api.request(api.check({ ...QUERY, from: null }), null)).toContain('sortOrder=descending');
  });

  test('lists papers, their versions, and what is withdrawn', () => {
    const page = api.read(
      ALL,
      null,
      feed([
        entry('quant-ph/0201082v1'),
        entry('2401.00002v12', { comment: 'This paper has been withdrawn by the author' }),
        entry('2401.00003', { summary: 'This submission has been withdrawn by arXiv administrators.' }),
        entry('2401.00004', { summary: 'We withdraw the claim that memory is cheap.' }),
      ]),
    );
    expect('rows' in page && page.rows.map((row) => [row.arxiv_id, row.version, row.withdrawn])).toEqual([
      ['quant-ph/0201082', 1, false],
      ['2401.00002', 12, true],
      ['2401.00003', undefined, true],
      ['2401.00004', undefined, false],
    ]);
    expect('rows' in page && page.rows[0]).toMatchObject({
      title: 'A title & more',
      abstract: 'We prove < it.',
    });
  });

  test('begins a list again at the time of its last paper where it is far into it', () => {
    let cursor: string | null = null;
    for (let start = 0; start < 8_000; start += 200) {
      const published = `2024-01-${String(1 + Math.floor(start / 400)).padStart(2, '0')}T10:20:00Z`;
      const page = api.read(
        ALL,
        cursor,
        feed(
          Array.from({ length: 200 }, (_, i) => entry(`x${start + i}`, { published })),
          20_000,
        ),
      );
      cursor = 'next' in page ? page.next : null;
      if (cursor === null) break;
    }
    // the first thousand of the category are taken before that, unless more are asked for
    expect(api.request(ALL, cursor)).toContain('cat%3Acs.CL');
    const many = api.check({ ...QUERY, options: { perCategory: '50000' } });
    cursor = JSON.stringify({
      category: 0,
      start: 7_900,
      total: 20_000,
      taken: 7_900,
      before: 0,
      since: null,
    });
    const page = api.read(
      many,
      cursor,
      feed(
        Array.from({ length: 200 }, (_, i) => entry(`y${i}`, { published: '2024-05-06T07:08:09Z' })),
        20_000,
      ),
    );
    const next = new URL(api.request(many, 'next' in page ? page.next : null), api.address).searchParams;
    expect(next.get('search_query')).toBe('cat:cs.AI AND submittedDate:[202405060708 TO 299912312359]');
    expect(next.get('start')).toBe('0');
  });

  test.each([
    ['cut', feed([entry('1')]).slice(0, 120), true, /it ends before its elements do/],
    ['malformed', '<feed><a>x</b></feed>', true, /line 1: Expected closing tag/],
    ['with entities of its own', '<!DOCTYPE x [<!ENTITY a "aaaa">]><feed>&a;</feed>', true, /document type/],
    ['of elements in elements', feed(['<x>'.repeat(500) + '</x>'.repeat(500)]), true, /nested tags/],
    ['with names that mean harm', feed([`<__proto__>1</__proto__>`]), true, /__proto__/],
    ['with two elements at its root', `${feed([entry('1')])}<feed/>`, true, /there are 2 <feed> in it/],
    ['empty in the middle of a list', feed([], 450), true, /the page at 0 of 450 came without entries/],
    [
      'that is an error',
      feed([entry('x').replace('arxiv.org/abs/x', 'arxiv.org/api/errors#bad')]),
      false,
      /arXiv refuses the request: We prove < it/,
    ],
  ])('refuses an answer %s', (_, text, isRetriable, reason) => {
    expect(api.read(ALL, null, text).fault).toEqual({ isRetriable, reason: expect.stringMatching(reason) });
  });

  test('leaves out references to characters that there are not, and keeps what is none', () => {
    const page = api.read(
      ALL,
      null,
      feed([entry('1', { summary: 'a\0b&#0;c&#xD800;d&#x110000;e &nothing; f' })]),
    );
    const [row] = 'rows' in page ? page.rows : [];
    expect(String(row?.abstract).toWellFormed()).toBe('a\0bcd&#x110000;e &nothing; f');
  });

  test('reads 10 MB of braces in linear time', () => {
    const page = api.read(ALL, null, feed([entry('1', { summary: '{$\\'.repeat(3_333_333) })]));
    expect(ids(page)).toEqual(['1']);
  });

  test.runIf(real)('reads what arXiv answered', () => {
    const one = api.check({ ...QUERY, options: { categories: 'cs.SE' } });
    const pages = [0, 10, 20].map((start) => api.read(one, null, answer(`atom-page-${start}.xml`)));
    expect(ids(pages[0]!)).toContain('2202.12139');
    expect(pages.every((page) => 'next' in page && page.next !== null)).toBe(true);
    expect(api.read(one, null, answer('atom-empty.xml'))).toEqual({ rows: [], next: null, total: 0 });
    expect(api.read(one, null, answer('atom-error-http-400.xml')).fault).toEqual({
      reason: 'arXiv refuses the request: incorrect id format for abc',
      isRetriable: false,
    });
  });
});

describe('OAI-PMH', () => {
  const all = oai.check(QUERY);

  test('says where it goes on, and when there is no more', () => {
    expect(oai.request(all, null)).toBe('/oai?verb=ListRecords&metadataPrefix=arXiv&set=cs&from=2024-01-01');
    expect(oai.request(all, '31|10 01')).toBe('/oai?verb=ListRecords&resumptionToken=31%7C10+01');
    expect(oai.read(all, null, '<OAI-PMH><error code="noRecordsMatch">none</error></OAI-PMH>')).toEqual({
      rows: [],
      next: null,
      total: 0,
    });
    expect(
      oai.read(all, 'old', '<OAI-PMH><error code="badResumptionToken">expired</error></OAI-PMH>').fault,
    ).toEqual({
      reason: 'arXiv refuses the request: badResumptionToken, expired',
      isRetriable: false,
    });
  });

  test.runIf(real)('reads what arXiv answered', () => {
    const page = oai.read(
      { ...all, options: { categories: 'math.RT' } },
      null,
      answer('oai-resumption-token.xml'),
    );
    expect(page).toEqual({
      rows: [
        {
          arxiv_id: '0704.0999',
          title: 'Generic character sheaves on disconnected groups and character values',
          abstract: 'This is the summary of the article.',
          authors: ['G. Author'],
          categories: ['math.RT'],
          primary_category: 'math.RT',
          published: '2007-04-07',
          withdrawn: false,
          version: undefined,
          updated: '2007-04-07',
        },
      ],
      next: '3132962|1001',
      total: 1_463_679,
    });
    const list = oai.read(
      { ...all, options: { categories: 'quant-ph' } },
      null,
      answer('oai-list-records.xml'),
    );
    expect(ids(list)).toContain('1412.8323');
  });
});
