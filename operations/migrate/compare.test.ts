import { describe, expect, test } from 'vitest';
import type { LogRecord } from '../../kernel/ports/log.ts';
import { Chain, difference } from './compare.ts';

const wanted: LogRecord = {
  topic: 'epochlog.papers',
  key: 'paper',
  value: Buffer.from('00000000050102', 'hex'),
  headers: { ce_id: 'id-1', ce_type: 'PaperIngested', note: 'ä' },
};

const CHANGES: readonly [what: string, change: Partial<LogRecord>, words: RegExp][] = [
  [
    'another event',
    { headers: { ...wanted.headers, ce_id: 'id-2' } },
    /PaperIngested id-2 of paper where PaperIngested id-1/,
  ],
  ['another key', { key: 'other' }, /id-1 of other where/],
  ['a header changed', { headers: { ...wanted.headers, note: 'a' } }, /other headers/],
  ['a header more', { headers: { ...wanted.headers, more: '' } }, /other headers/],
  ['another value', { value: Buffer.from('00000000050103', 'hex') }, /another value/],
  ['a byte more', { value: Buffer.from('0000000005010200', 'hex') }, /another value/],
  ['no value', { value: Buffer.alloc(0) }, /another value/],
  [
    'another schema id',
    { value: Buffer.from('00000000060102', 'hex') },
    /schema id 6, .* calls the schema 5: is EPOCHLOG_REGISTRY/,
  ],
];

describe('a record found', () => {
  test('is the one wanted, in whatever kind of buffer', () => {
    expect(difference({ ...wanted, value: new Uint8Array(wanted.value) }, wanted)).toBeUndefined();
  });

  test.each(CHANGES)('differs by %s', (_, change, words) => {
    expect(difference({ ...wanted, ...change }, wanted)).toMatch(words);
  });
});

describe('a chain over records', () => {
  const digestOf = (records: readonly LogRecord[], isTranslated = true): string => {
    const chain = new Chain();
    for (const record of records) chain.add(record, isTranslated);
    return chain.digest;
  };

  test('differs by any change but that of a schema id', () => {
    const digests = CHANGES.map(([, change]) => digestOf([{ ...wanted, ...change }]));
    expect(digests.pop()).toBe(digestOf([wanted]));
    expect(new Set([...digests, digestOf([wanted])]).size).toBe(CHANGES.length);
  });

  test('sees the schema id of a value that both logs have as it is', () => {
    const other = { ...wanted, ...CHANGES.at(-1)![1] };
    expect(digestOf([other], false)).not.toBe(digestOf([wanted], false));
  });

  test('differs by order, by one record more, and by where one ends', () => {
    const others = ['a', 'b'].map((key) => ({ ...wanted, key }));
    const [a, b] = [others[0]!, others[1]!];
    const joined = { ...a, value: Buffer.concat([a.value, b.value]) };
    const chains = [[a, b], [b, a], [a], [a, a], [a, b, b], [joined], []];
    expect(new Set(chains.map((records) => digestOf(records))).size).toBe(chains.length);
  });

  test('is that of the records so far, and goes on', () => {
    const chain = new Chain();
    chain.add(wanted, true);
    expect(chain.digest).toBe(digestOf([wanted]));
    chain.add(wanted, true);
    expect([chain.count, chain.digest]).toEqual([2, digestOf([wanted, wanted])]);
  });

  test('leaves out the places that dead letters name', () => {
    const letter = (offset: string) => ({ ...wanted, headers: { ...wanted.headers, dlq_offset: offset } });
    expect(digestOf([letter('1')])).toBe(digestOf([letter('2')]));
  });
});
