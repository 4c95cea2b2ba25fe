import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogRecord } from '../../kernel/ports/log.ts';
import { systemError } from '../disk.ts';
import { createFolderDurably, DISK } from '../files.ts';
import { decodeFrame, encodeFrame, type Framed } from './frame.ts';

const NAME = /^\d{10}\.spool$/;
const POSITION = /^(\d{10}) (\d{12})\n$/;
/** a file that is larger is not appended to any more */
const SEGMENT_BYTES = 8 << 20;
/** what is read at once, if a record is not larger */
const READ_BYTES = 1 << 20;

interface Segment {
  number: number;
  /** of whole records, as far as they are on disk */
  bytes: number;
}

/** Records at the front of a spool. */
export interface Front {
  records: LogRecord[];
  /** the place after them */
  end: Place;
}

interface Place {
  number: number;
  offset: number;
}

/**
 * A queue of records in files of a folder, which one process uses at a time. Records that were appended survive kill -9. What
 * was removed may be there again after a power failure.
 */
export class Segments {
  readonly #folder: string;
  /** the first has the front, the last is appended to */
  readonly #segments: Segment[];
  #front: Place;
  #writing: FileHandle | undefined;
  #reading: { number: number; file: FileHandle } | undefined;
  #position: FileHandle | undefined;

  private constructor(folder: string, segments: Segment[], front: Place) {
    this.#folder = folder;
    this.#segments = segments;
    this.#front = front;
  }

  /** Opens a folder, which is created if missing. */
  static async open(folder: string): Promise<Segments> {
    await createFolderDurably(folder);
    const numbers = (await readdir(folder))
      .filter((name) => NAME.test(name))
      .map((name) => Number.parseInt(name, 10))
      .sort((a, b) => a - b);
    const segments = await Promise.all(
      numbers.map(async (number) => ({ number, bytes: (await stat(pathOf(folder, number))).size })),
    );
    const [, number, offset] = POSITION.exec(String((await DISK.read(join(folder, 'position'))) ?? '')) ?? [];
    const first = { number: segments[0]?.number ?? 1, offset: 0 };
    const saved = { number: Number(number), offset: Number(offset) };
    const isThere = segments.some((segment) => segment.number === saved.number);
    return new Segments(folder, segments, isThere ? saved : first);
  }

  /** Bytes of what is in the queue, at most. */
  get bytes(): number {
    const { number, offset } = this.#front;
    return this.#segments.reduce(
      (sum, segment) =>
        segment.number < number ? sum : sum + segment.bytes - (segment.number === number ? offset : 0),
      0,
    );
  }

  /** Resolves when the records are on disk. One call at a time. DISK_FULL; what was written of them then is never read. */
  async append(frames: readonly Uint8Array[]): Promise<void> {
    try {
      const segment = await this.#last();
      const bytes = Buffer.concat(frames);
      await this.#writing!.write(bytes, 0, bytes.length, segment.bytes);
      await this.#writing!.datasync();
      segment.bytes += bytes.length;
    } catch (error) {
      throw systemError(error, this.#folder);
    }
  }

  /** The records at the front, about a mebibyte; none when the queue is empty. */
  async front(): Promise<Front> {
    return this.#from(this.#front);
  }

  /** All records of the queue, in their order. */
  async *all(): AsyncIterable<LogRecord> {
    for (let front = await this.front(); front.records.length > 0; front = await this.#from(front.end))
      yield* front.records;
  }

  /** Removes what `front` gave. */
  async remove({ end }: Front): Promise<void> {
    this.#front = end;
    this.#position ??= await open(join(this.#folder, 'position'), 'w', 0o600);
    const text = `${pad(end.number, 10)} ${pad(end.offset, 12)}\n`;
    await this.#position.write(text, 0);
    while (this.#segments.length > 1 && this.#segments[0]!.number < end.number)
      await DISK.remove(pathOf(this.#folder, this.#segments.shift()!.number));
  }

  async close(): Promise<void> {
    await Promise.all([this.#writing?.close(), this.#reading?.file.close(), this.#position?.close()]);
  }

  /** The segment that is appended to: never one of an earlier process, whose end may be damaged. */
  async #last(): Promise<Segment> {
    const last = this.#segments.at(-1);
    if (this.#writing && last && last.bytes < SEGMENT_BYTES) return last;
    const next = { number: (last?.number ?? this.#front.number - 1) + 1, bytes: 0 };
    const file = await open(pathOf(this.#folder, next.number), 'w', 0o600);
    await DISK.syncFolder(this.#folder);
    await this.#writing?.close();
    this.#writing = file;
    this.#segments.push(next);
    return next;
  }

  async #from(place: Place): Promise<Front> {
    for (const segment of this.#segments) {
      if (segment.number < place.number) continue;
      const offset = segment.number === place.number ? place.offset : 0;
      const framed = await this.#read(segment, offset);
      if (framed.length === 0) {
        segment.bytes = offset; // what a process that was killed had not written whole
        continue;
      }
      const end = framed.reduce((sum, { bytes }) => sum + bytes, offset);
      return { records: framed.map(({ record }) => record), end: { number: segment.number, offset: end } };
    }
    return { records: [], end: place };
  }

  async #read({ number, bytes }: Segment, offset: number): Promise<Framed[]> {
    let size = Math.min(READ_BYTES, bytes - offset);
    for (;;) {
      if (size <= 0) return [];
      const { bytesRead, buffer } = await (await this.#readable(number)).read(
        Buffer.allocUnsafe(size),
        0,
        size,
        offset,
      );
      const { framed, needs } = framesIn(buffer.subarray(0, bytesRead));
      if (framed.length > 0 || needs <= size || offset + needs > bytes) return framed;
      size = needs;
    }
  }

  async #readable(number: number): Promise<FileHandle> {
    if (this.#reading?.number === number) return this.#reading.file;
    await this.#reading?.file.close();
    this.#reading = undefined;
    this.#reading = { number, file: await open(pathOf(this.#folder, number), 'r') };
    return this.#reading.file;
  }
}

/** The whole frames at the beginning; `needs` says how many bytes the first has, if it is not whole. */
function framesIn(bytes: Buffer): { framed: Framed[]; needs: number } {
  const framed: Framed[] = [];
  for (let at = 0; at < bytes.length; ) {
    const frame = decodeFrame(bytes, at);
    if (frame === 'damaged') break;
    if ('needs' in frame) return { framed, needs: frame.needs };
    framed.push(frame);
    at += frame.bytes;
  }
  return { framed, needs: 0 };
}

export const framesOf = (records: readonly LogRecord[]): Buffer[] => records.map(encodeFrame);

const pathOf = (folder: string, number: number): string => join(folder, `${pad(number, 10)}.spool`);

const pad = (value: number, digits: number): string => String(value).padStart(digits, '0');
