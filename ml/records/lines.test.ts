import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidInput } from '../errors.ts';
import { type Line, MAX_LINE_BYTES, readLines } from './lines.ts';

async function read(bytes: Uint8Array, name = 'papers.jsonl'): Promise<Line[]> {
  return Array.fromAsync(readLines({ name, bytes }));
}

const faultOf = async (bytes: Uint8Array, name?: string): Promise<InvalidInput> => {
  const error: unknown = await read(bytes, name).catch((thrown: unknown) => thrown);
  if (error instanceof InvalidInput) return error;
  throw new Error('the file was read', { cause: error });
};

describe('the lines of a file', () => {
  test('are numbered from 1, blank ones counted and left out, whatever ends them', async () => {
    const lines = [
      { number: 1, text: 'a' },
      { number: 4, text: 'ü\r' },
      { number: 5, text: 'c' },
    ];
    const bytes = Buffer.from('a\n\n \t\r\nü\r\nc');
    expect(await read(bytes)).toEqual(lines);
    expect(await read(gzipSync(bytes), 'any name')).toEqual(lines);
    expect(await read(zstdCompressSync(bytes), 'any name')).toEqual(lines);
  });

  test('come back as they were, however they fall into chunks', async () => {
    const text = fc
      .string({ unit: 'binary', minLength: 1 })
      .filter((s) => s.trim() !== '' && !/[\n\uFEFF]/.test(s));
    const long = text.map((s) => s.repeat(Math.ceil(70_000 / s.length)));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(text, long), { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        async (texts, zip) => {
          const plain = Buffer.from(texts.join('\n'));
          const lines = await read(zip ? gzipSync(plain) : plain);
          expect(lines).toEqual(texts.map((line, i) => ({ number: i + 1, text: line.toWellFormed() })));
        },
      ),
      { numRuns: 25 },
    );
  });

  test('longer than the limit are not kept', async () => {
    const limit = 'x'.repeat(MAX_LINE_BYTES);
    const lines = await read(Buffer.from(`${limit}\n${limit}x\n${limit.repeat(3)}\nlast`));
    expect(lines).toEqual([
      { number: 1, text: limit },
      { number: 2, text: undefined },
      { number: 3, text: undefined },
      { number: 4, text: 'last' },
    ]);
  });

  test('begin after a byte order mark', async () => {
    expect(await read(Buffer.from('\uFEFF{}\n'))).toEqual([{ number: 1, text: '{}' }]);
  });

  test('leave turns to others while a large file is read', async () => {
    const bytes = Buffer.from('{"a": 1}\n'.repeat(200_000));
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await read(bytes);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
  });
});

describe('a file that cannot be read says what to do', () => {
  const packed = gzipSync(Buffer.from(Array.from({ length: 2_000 }, (_, i) => `line ${i * i}`).join('\n')));

  const zstd = zstdCompressSync(Buffer.from('a line\n'.repeat(9) + packed.toString('base64')));

  test.each([
    ['without a byte', 'empty', Buffer.alloc(0), /empty: give a file/],
    ['of blank lines', 'empty', gzipSync('\n \n\n'), /empty: give a file/],
    ['of nothing, compressed', 'empty', gzipSync(''), /empty: give a file/],
    ['named .gz and plain', 'not-gzip', Buffer.from('{}\n'), /compress it, or rename it/],
    ['named .zst and plain', 'not-zstd', Buffer.from('{}\n'), /compress it, or rename it/],
    ['half of its zstd', 'truncated', zstd.subarray(0, zstd.length / 2), /download it again/],
    ['altered zstd', 'damaged', zstd.map((byte, i) => (i === 9 ? byte ^ 0xff : byte)), /damaged/],
    ['truncated', 'truncated', packed.subarray(0, packed.length / 2), /download it again/],
    ['without its last byte', 'truncated', packed.subarray(0, -1), /download it again/],
    ['altered', 'damaged', packed.map((byte, i) => (i === packed.length - 6 ? byte ^ 1 : byte)), /damaged/],
    [
      'in Latin-1',
      'not-utf8',
      gzipSync(Buffer.from('{}\n{"title": "\xfcber"}', 'latin1')),
      /at line 2.*iconv/,
    ],
    ['in UTF-16', 'not-utf8', gzipSync(Buffer.from('\uFEFF{}', 'utf16le')), /UTF-16, not UTF-8.*-f UTF-16LE/],
    [
      'in UTF-16 without a mark',
      'not-utf8',
      gzipSync(Buffer.from('{"a": 1}', 'utf16le').swap16()),
      /-f UTF-16BE/,
    ],
    ['of a spreadsheet', 'binary', gzipSync('PK\u0003\u0004'), /ZIP archive.*save the table as CSV/],
    ['of bytes', 'binary', gzipSync(Buffer.alloc(9)), /is no text: give CSV/],
  ])('%s', async (_, code, bytes, message) => {
    const name = code.includes('zstd') ? 'papers.jsonl.zst' : 'papers.jsonl.gz';
    const fault = await faultOf(bytes, name);
    expect(fault.code).toBe(code);
    expect(fault.message).toMatch(message);
    expect(fault.message).toContain(name);
  });
});

test('what unpacks to more than 500 times its size is refused when it is large', async () => {
  const bomb = gzipSync(Buffer.alloc((1 << 26) + (1 << 20), ' '));
  expect(await faultOf(bomb)).toMatchObject({
    code: 'bomb',
    message: expect.stringMatching(/500 times.*unpacked/),
  });
});
