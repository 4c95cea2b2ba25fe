import { describe, expect, test } from 'vitest';
import type { LogRecord } from '../../kernel/ports/log.ts';
import { difference, RecordsDigest } from './compare.ts';

const wanted: LogRecord = {
  topic: 'epochlog.records',
  key: 'paper',
  value: Buffer.from('00000000050102', 'hex'),
  headers: { ce_id: 'id-1', ce_type: 'PaperIngested', note: 'ä' },
};

const CHANGES: readonly [what: string, change: Partial<LogRecord>, words: RegExp][] = [
  [
    'another event',
    { headers: { ...wanted.headers, ce_id: 'id-2' } },
    /PaperIngested id-2 of paper, expected is PaperIngested id-1/,
  ],
  ['another key', { key: 'other' }, /id-1 of other, expected is/],
  ['a header changed', { headers: { ...wanted.headers, note: 'a' } }, /other headers/],
  ['a header more', { headers: { ...wanted.headers, more: '' } }, /other headers/],
  ['another value', { value: Buffer.from('00000000050103', 'hex') }, /another value/],
  ['a byte more', { value: Buffer.from('0000000005010200', 'hex') }, /another value/],
  ['no value', { value: Buffer.alloc(0) }, /another value/],
  [
    'another schema id',
    { value: Buffer.from('00000000060102', 'hex') },
    /schema id 6, .* has the schema as 5: does EPOCHLOG_REGISTRY/,
  ],
];

describe('a record of the target', () => {
  test('is equal whatever kind of buffer holds the value', () => {
    expect(difference({ ...wanted, value: new Uint8Array(wanted.value) }, wanted)).toBeUndefined();
  });

  test.each(CHANGES)('differs by %s', (_, change, words) => {
    expect(difference({ ...wanted, ...change }, wanted)).toMatch(words);
  });
});

describe('the digest of records', () => {
  const digestOf = (records: readonly LogRecord[], isTranslated = true): string => {
    const digest = new RecordsDigest();
    for (const record of records) digest.add(record, isTranslated);
    return digest.digest;
  };

  test('changes with any change but that of a schema id', () => {
    const digests = CHANGES.map(([, change]) => digestOf([{ ...wanted, ...change }]));
    expect(digests.pop()).toBe(digestOf([wanted]));
    expect(new Set([...digests, digestOf([wanted])]).size).toBe(CHANGES.length);
  });

  test('includes the schema id of a value that is not translated', () => {
    const other = { ...wanted, ...CHANGES.at(-1)![1] };
    expect(digestOf([other], false)).not.toBe(digestOf([wanted], false));
  });

  test('changes with the order, the number and the boundaries of records', () => {
    const others = ['a', 'b'].map((key) => ({ ...wanted, key }));
    const [a, b] = [others[0]!, others[1]!];
    const joined = { ...a, value: Buffer.concat([a.value, b.value]) };
    const sequences = [[a, b], [b, a], [a], [a, a], [a, b, b], [joined], []];
    expect(new Set(sequences.map((records) => digestOf(records))).size).toBe(sequences.length);
  });

  test('may be read after each record', () => {
    const records = new RecordsDigest();
    records.add(wanted, true);
    expect(records.digest).toBe(digestOf([wanted]));
    records.add(wanted, true);
    expect([records.count, records.digest]).toEqual([2, digestOf([wanted, wanted])]);
  });

  test('leaves out the positions that dead letters name', () => {
    const letter = (offset: string) => ({ ...wanted, headers: { ...wanted.headers, dlq_offset: offset } });
    expect(digestOf([letter('1')])).toBe(digestOf([letter('2')]));
  });
});
