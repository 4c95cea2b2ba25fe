import { isUtf8 } from 'node:buffer';
import { setImmediate as breathe } from 'node:timers/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { InvalidInput } from '../errors.ts';
import { quoted } from './shell-word.ts';

/** A longer line is not kept: whatever it is, it is no record. */
export const MAX_LINE_BYTES = 1 << 20;

const CHUNK_BYTES = 1 << 17;
const LINES_A_TURN = 1_000;
const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = '\uFEFF';

/** A text file, plain or compressed (gzip, zstd), as its bytes and the name that people know it by. */
export interface TextFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface Line {
  /** from 1; lines of nothing but space count, though they are not read out */
  readonly number: number;
  /** undefined for a line of more than MAX_LINE_BYTES */
  readonly text: string | undefined;
}

/**
 * The lines of a file that are not blank. Gzip and Zstandard are known by their first bytes and unpacked as it is read:
 * beside the file's own bytes, a chunk and a line are all that is held. Others get their turn between two chunks.
 *
 * @throws InvalidInput `empty` without any line, `binary` for what is no text, `not-gzip` and `not-zstd` when only the
 * name says so, `truncated` and `damaged` when it does not unpack, `bomb` when it unpacks to far too much, `not-utf8`;
 * each says what to do
 */
export async function* readLines(file: TextFile): AsyncGenerator<Line, void, undefined> {
  let last = 0;
  let found = false;
  try {
    for await (const lines of splitLines(unpacked(file), MAX_LINE_BYTES)) {
      for (const bytes of lines) {
        last += 1;
        if (last % LINES_A_TURN === 0) await breathe();
        if (bytes && isAsciiSpace(bytes)) continue;
        const text = bytes && decode(bytes, file, last);
        if (text?.trim() === '') continue;
        found = true;
        yield { number: last, text };
      }
    }
  } catch (error) {
    throw asUnreadable(error, file.name, `, after line ${last}`);
  }
  if (!found)
    throw new InvalidInput('empty', `${file.name} is empty: give a file with one JSON object a line`);
}

/** The text of a file in pieces, unpacked. Throws as `readLines` does, for want of lines. */
export async function* readText(file: TextFile): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of unpacked(file)) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (error) {
    if (error instanceof TypeError) throw notUtf8(file, '');
    throw asUnreadable(error, file.name, '');
  }
}

/** Texts are packed to a tenth, tables to a fiftieth: what unpacks to more than this is no data. */
const MAX_RATIO = 500;
/** below which the ratio is not checked */
const MAX_UNPACKED = 1 << 26;

/** The bytes of a file, unpacked, unless the first of them show that it is no text. */
async function* unpacked(file: TextFile): AsyncGenerator<Uint8Array, void, undefined> {
  let isFirst = true;
  for await (const chunk of chunksOf(file)) {
    if (isFirst) assertText(chunk.subarray(0, SNIFFED_BYTES), file);
    isFirst = false;
    yield chunk;
  }
}

const SNIFFED_BYTES = 1_024;
const ZIP = Buffer.from('PK\u0003\u0004');
/** of UTF-16 about half of the bytes are 0, where it holds Latin letters */
const MANY_ZEROS = 0.25;

/** @param head the first bytes, unpacked */
function assertText(head: Uint8Array, file: TextFile): void {
  const refuse = (what: string) => new InvalidInput('binary', `${file.name} ${what}`);
  if (ZIP.equals(head.subarray(0, ZIP.length)))
    throw refuse('is a ZIP archive, as spreadsheets are: save the table as CSV with a header');
  const zeros = [0, 0];
  for (const [i, byte] of head.entries()) if (byte === 0) zeros[i % 2]! += 1;
  const [even = 0, odd = 0] = zeros;
  if (even + odd <= MANY_ZEROS * head.length) return;
  if (even > 0 && odd > 0) throw refuse('is no text: give CSV with a header, or one JSON object a line');
  throw notUtf8(file, '', even > 0 ? 'UTF-16BE' : 'UTF-16LE');
}

function chunksOf(file: TextFile): AsyncIterable<Uint8Array> {
  const { name, bytes } = file;
  const startsWith = (...magic: number[]) => magic.every((byte, i) => bytes[i] === byte);
  if (startsWith(0x1f, 0x8b)) return bounded(createGunzip({ chunkSize: CHUNK_BYTES }).end(bytes), file);
  if (startsWith(0x28, 0xb5, 0x2f, 0xfd))
    return bounded(createZstdDecompress({ chunkSize: CHUNK_BYTES }).end(bytes), file);
  const [, ending] = /\.(gz|zst)$/i.exec(name) ?? [];
  if (ending !== undefined && bytes.length > 0) {
    const packing = ending.toLowerCase() === 'gz' ? 'gzip' : 'zstd';
    throw new InvalidInput(
      `not-${packing}`,
      `${name} is not ${packing}, whatever its name says: compress it, or rename it if it is plain text`,
    );
  }
  return inChunks(bytes);
}

async function* bounded(
  chunks: AsyncIterable<Uint8Array>,
  { name, bytes }: TextFile,
): AsyncGenerator<Uint8Array, void, undefined> {
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > MAX_UNPACKED && length > MAX_RATIO * bytes.length)
      throw new InvalidInput(
        'bomb',
        `${name} unpacks to more than ${MAX_RATIO} times its size: if that is meant, give it unpacked`,
      );
    yield chunk;
  }
}

async function* inChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    yield bytes.subarray(start, start + CHUNK_BYTES);
    await breathe();
  }
}

/** As `trim` sees it. Lines of space are many in no file of records, but cost little where they are. */
const isAsciiSpace = (bytes: Uint8Array): boolean =>
  bytes.every((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d));

/** Of each chunk the lines that end in it, as bytes; undefined for one longer than `limit`, of which nothing is kept. */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  limit: number,
): AsyncGenerator<(Uint8Array | undefined)[], void, undefined> {
  let parts: Uint8Array[] = [];
  let length = 0;
  const keep = (part: Uint8Array) => {
    length += part.length;
    if (length > limit) parts = [];
    else parts.push(part);
  };
  const take = () => {
    const line = length > limit ? undefined : parts.length === 1 ? parts[0] : Buffer.concat(parts);
    parts = [];
    length = 0;
    return line;
  };
  for await (const chunk of chunks) {
    const lines: (Uint8Array | undefined)[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      keep(chunk.subarray(start, end));
      lines.push(take());
      start = end + 1;
    }
    if (start < chunk.length) keep(chunk.subarray(start));
    yield lines;
  }
  if (length > 0) yield [take()];
}

function decode(bytes: Uint8Array, file: TextFile, line: number): string {
  if (!isUtf8(bytes)) throw notUtf8(file, ` at line ${line}`);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return line === 1 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}

/** @param found the encoding, where it is known otherwise than by a byte order mark */
function notUtf8({ name, bytes }: TextFile, where: string, found?: string): InvalidInput {
  const [first, second] = bytes;
  const isMarked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  const from = isMarked ? 'UTF-16' : (found ?? 'ISO-8859-1');
  const what = from.startsWith('UTF-16') ? `${name} is UTF-16, not UTF-8` : `${name} is not UTF-8${where}`;
  return new InvalidInput(
    'not-utf8',
    `${what}: convert it, for example with iconv -f ${from} -t UTF-8 ${quoted(name)} > ${quoted(`utf-8-${name}`)}`,
  );
}

/** What zlib says, as advice. */
function asUnreadable(error: unknown, name: string, where: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'Z_BUF_ERROR') {
    const end = `${name} ends in the middle of its compressed data${where}`;
    return new InvalidInput('truncated', `${end}: copy or download it again`, { cause: error });
  }
  if (/^(Z|ZSTD)_/.test(code)) {
    const damage = `the compressed data of ${name} are damaged${where}`;
    return new InvalidInput('damaged', `${damage}: copy or download it again`, { cause: error });
  }
  return error;
}

/** Why a line is no JSON object. */
export interface LineFault {
  readonly code: 'too_long' | 'broken_json' | 'not_an_object';
  readonly reason: string;
}

/** Whether a line may hold a JSON object, which is known without the cost of parsing it. */
export const maybeObject = ({ text }: Line): boolean => text !== undefined && /^\s*\{/.test(text);

/** The fields of the JSON object in a line. */
export function parseObject({
  text,
}: Line):
  | { readonly fields: Readonly<Record<string, unknown>>; readonly fault?: undefined }
  | { readonly fields?: undefined; readonly fault: LineFault } {
  if (text === undefined) {
    return { fault: { code: 'too_long', reason: `the line is longer than ${MAX_LINE_BYTES} bytes` } };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = `not JSON: ${error instanceof Error ? error.message : error}`;
    return { fault: { code: 'broken_json', reason } };
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { fields: { ...value } };
  return { fault: { code: 'not_an_object', reason: `a JSON object is needed, this is ${typeName(value)}` } };
}

/** A JSON value's type, as a sentence has it. */
export function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
