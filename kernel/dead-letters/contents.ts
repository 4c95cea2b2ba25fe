import type { Codec } from '../codec.ts';
import { EpochlogError } from '../errors.ts';
import type { EventLog, StoredRecord } from '../ports/log.ts';
import type { LetterBook } from './book.ts';
import { recordAt } from './decisions.ts';
import type { DeadLetter } from './letter.ts';
import { originalOf } from './record.ts';

type Headers = Readonly<Record<string, string>>;

/** All there is to know of a dead letter. */
export interface LetterContents {
  letter: DeadLetter;
  /** as the event came, without those that make it a dead letter */
  headers: Headers;
  /** of the event; null when they cannot be decoded now */
  data: unknown;
  /** why not, and the bytes of the record in hexadecimal digits */
  undecodable: { message: string; bytes: string } | null;
  /** whether the record that the letter says it was is that, byte for byte; null when there is none in its place */
  identical: boolean | null;
  /** all attempts of the service at this event, the first one first */
  attempts: readonly DeadLetter[];
}

/** Everything about a dead letter that its book knows. */
export async function contentsOf(
  letter: DeadLetter,
  book: LetterBook,
  log: EventLog,
  codec: Codec,
): Promise<LetterContents> {
  const record = await recordAt(log, letter);
  const decoded = await decode(letter.original ? originalOf(record) : record, codec);
  return {
    letter,
    headers: withoutReason(record.headers),
    ...decoded,
    identical: letter.original ? await isIn(log, originalOf(record)) : null,
    attempts: book.attempts(letter),
  };
}

async function decode(
  record: StoredRecord,
  codec: Codec,
): Promise<Pick<LetterContents, 'data' | 'undecodable'>> {
  try {
    return { data: await codec.decodeData(record), undecodable: null };
  } catch (error) {
    if (!(error instanceof EpochlogError) || error.retriable) throw error;
    const bytes = Buffer.from(record.value).toString('hex');
    return { data: null, undecodable: { message: error.message, bytes } };
  }
}

async function isIn(log: EventLog, expected: StoredRecord): Promise<boolean | null> {
  const { topic, partition } = expected;
  const isThere = (await log.endOffsets([topic])).some((end) => end.partition === partition);
  const [found] = isThere ? await log.read(expected, 1) : [];
  if (found?.offset !== expected.offset) return null;
  return (
    found.key === expected.key &&
    Buffer.from(found.value).equals(Buffer.from(expected.value)) &&
    sameHeaders(withoutReason(found.headers), withoutReason(expected.headers))
  );
}

const withoutReason = (headers: Headers): Headers =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('dlq_')));

const sameHeaders = (a: Headers, b: Headers): boolean =>
  Object.keys(a).length === Object.keys(b).length &&
  Object.entries(a).every(([name, value]) => b[name] === value);
