import { describe, expect, test } from 'vitest';
import { parseDay } from '../../ml/records/day.ts';
import { maybeObject } from '../../ml/records/lines.ts';
import { parsePaper } from './paper.ts';

const json = {
  arxiv_id: '2405.00001',
  title: 'On Logs',
  abstract: 'We append.',
  authors: ['A. Author'],
  categories: ['cs.DB', 'cs.DC'],
  primary_category: 'cs.DB',
  published: '2024-05-31',
};

const parse = (value: unknown) => parsePaper({ number: 1, text: JSON.stringify(value) });
const without = (field: keyof typeof json) => ({ ...json, [field]: undefined });

describe('a line', () => {
  test('is a paper', () => {
    expect(parse({ ...json, comment: 'ignored' }).paper).toEqual({
      arxivId: '2405.00001',
      title: 'On Logs',
      abstract: 'We append.',
      authors: ['A. Author'],
      categories: ['cs.DB', 'cs.DC'],
      primaryCategory: 'cs.DB',
      published: '2024-05-31',
      version: null,
      updated: null,
    });
  });

  test.each([
    ['2405.00001v3', {}, '2405.00001', 3],
    ['quant-ph/0201082v1', {}, 'quant-ph/0201082', 1],
    ['math.GT/0309136v12', {}, 'math.GT/0309136', 12],
    ['2405.00001', { version: 'v2' }, '2405.00001', 2],
    ['2405.00001v3', { version: 4 }, '2405.00001', 4],
    ['rev1', {}, 'rev1', null],
  ])('with the id %s is a version of a paper', (arxiv_id, more, arxivId, version) => {
    expect(parse({ ...json, arxiv_id, ...more }).paper).toMatchObject({ arxivId, version });
  });

  test('says when its version came', () => {
    expect(parse({ ...json, updated: '2024-06-02T10:00:00Z' }).paper?.updated).toBe('2024-06-02');
  });

  test('is a paper when its authors and its other categories are not known', () => {
    expect(parse(without('authors')).paper?.authors).toEqual([]);
    expect(parse(without('categories')).paper?.categories).toEqual(['cs.DB']);
  });

  test('is a paper published at an instant, of which the day counts', () => {
    expect(parse({ ...json, published: '2024-05-31T17:59:59Z' }).paper?.published).toBe('2024-05-31');
  });

  test('loses half surrogate pairs, which no event could hold', () => {
    expect(parsePaper({ number: 1, text: JSON.stringify(json).replace('On', '\\ud83d') }).paper?.title).toBe(
      '\uFFFD Logs',
    );
  });
});

describe('a line is no paper', () => {
  test.each([
    ['broken_json', '{"arxiv_id": "1"', /^not JSON: /],
    ['not_an_object', '[1]', /an array/],
    ['not_an_object', 'null', /this is null/],
    ['not_an_object', '"text"', /a string/],
    ['too_long', undefined, /longer than 1048576 bytes/],
  ])('%s', (code, text, reason) => {
    const { fault } = parsePaper({ number: 1, text });
    expect(fault).toMatchObject({ code, reason: expect.stringMatching(reason), arxivId: undefined });
  });

  test.each(['title', 'abstract', 'primary_category', 'published'] as const)('without %s', (field) => {
    expect(parse(without(field)).fault).toEqual({
      code: 'missing_field',
      reason: `${field} is missing`,
      arxivId: json.arxiv_id,
      published: field === 'published' ? undefined : json.published,
    });
  });

  test.each([
    [{ title: 7 }, 'title must be a string, not a number'],
    [{ abstract: null }, 'abstract must be a string, not null'],
    [{ categories: 'cs.DB' }, 'categories must be an array of strings, not a string'],
    [{ authors: ['A', {}] }, 'authors must hold strings only, not an object'],
  ])('with %o', (change, reason) => {
    expect(parse({ ...json, ...change }).fault).toEqual({
      code: 'wrong_type',
      reason,
      arxivId: json.arxiv_id,
      published: json.published,
    });
  });

  test.each([
    [{ title: 'x'.repeat(10_001) }, 'title has 10001 characters, at most 10000 are taken'],
    [{ abstract: 'x'.repeat(100_001) }, 'abstract has 100001 characters, at most 100000 are taken'],
  ])('with a text that is none of a paper', (change, reason) => {
    expect(parse({ ...json, ...change }).fault).toMatchObject({ code: 'too_long', reason });
  });

  test.each(['', ' ', 'two words', 'x'.repeat(101)])('with the id %o', (arxiv_id) => {
    expect(parse({ ...json, arxiv_id }).fault).toMatchObject({ code: 'bad_id', arxivId: undefined });
  });

  test('without an id', () => {
    expect(parse(without('arxiv_id')).fault).toMatchObject({ code: 'missing_field', arxivId: undefined });
  });

  test.each([
    [{ version: 0 }, 'invalid_field', 'version must be a number from 1, not "0"'],
    [{ version: 'final' }, 'invalid_field', 'version must be a number from 1, not "final"'],
    [{ updated: 'today' }, 'bad_date', 'updated must be a date such as 2024-05-31, not "today"'],
  ])('with the version %o', (change, code, reason) => {
    expect(parse({ ...json, ...change }).fault).toMatchObject({ code, reason });
  });

  test('with a date that is none', () => {
    expect(parse({ ...json, published: 'May 2024' }).fault).toEqual({
      code: 'bad_date',
      reason: 'published must be a date such as 2024-05-31, not "May 2024"',
      arxivId: json.arxiv_id,
      published: undefined,
    });
  });
});

test.each([
  ['2024-02-29', '2024-02-29'],
  ['2023-02-29', undefined],
  ['2024-13-01', undefined],
  ['2024-05-31T12:00:00+02:00', '2024-05-31'],
  ['2024-5-31', undefined],
  ['31.05.2024', undefined],
  ['', undefined],
])('the day of %o is %o', (text, day) => {
  expect(parseDay(text)).toBe(day);
  expect(parse({ published: text }).fault?.published).toBe(day);
});

test.each(['{', '{"published": 2024}', undefined])('the line %o has no day', (text) => {
  expect(parsePaper({ number: 1, text }).fault?.published).toBeUndefined();
});

test('what may be an object is known by its first character', () => {
  const maybe = [' {"a": 1}', '{', '[{}]', 'x{', '', undefined].map((text) =>
    maybeObject({ number: 1, text }),
  );
  expect(maybe).toEqual([true, true, false, false, false, false]);
});
