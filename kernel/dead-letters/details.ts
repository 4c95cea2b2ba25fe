import type { Codec } from '../codec.ts';
import { isFinal } from '../errors.ts';
import type { EventLog, StoredRecord } from '../ports/log.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { DeadLetterQueue } from './queue.ts';
import { originalOf } from './record.ts';
import { recordAt } from './requests.ts';

type Headers = Readonly<Record<string, string>>;

/** A dead letter with its event. */
export interface DeadLetterDetails {
  deadLetter: DeadLetter;
  /** of the original record */
  headers: Headers;
  /** of the event; null when they cannot be decoded now */
  data: unknown;
  /** the decoding error, and the bytes of the record as hexadecimal digits */
  undecodable: { message: string; bytes: string } | null;
  /** whether the original record has the same bytes; null when there is no record at its position */
  identical: boolean | null;
  /** all attempts of the service at this event, the first one first */
  attempts: readonly DeadLetter[];
}

export async function detailsOf(
  deadLetter: DeadLetter,
  queue: DeadLetterQueue,
  log: EventLog,
  codec: Codec,
): Promise<DeadLetterDetails> {
  const record = await recordAt(log, deadLetter);
  const decoded = await decode(deadLetter.original ? originalOf(record) : record, codec);
  return {
    deadLetter,
    headers: withoutDlqHeaders(record.headers),
    ...decoded,
    identical: deadLetter.original ? await isInLog(log, originalOf(record)) : null,
    attempts: queue.attempts(deadLetter),
  };
}

async function decode(
  record: StoredRecord,
  codec: Codec,
): Promise<Pick<DeadLetterDetails, 'data' | 'undecodable'>> {
  try {
    return { data: await codec.decodeData(record), undecodable: null };
  } catch (error) {
    if (!isFinal(error)) throw error;
    const bytes = Buffer.from(record.value).toString('hex');
    return { data: null, undecodable: { message: error.message, bytes } };
  }
}

async function isInLog(log: EventLog, expected: StoredRecord): Promise<boolean | null> {
  const { topic, partition } = expected;
  const exists = (await log.endOffsets([topic])).some((end) => end.partition === partition);
  const [found] = exists ? await log.read(expected, 1) : [];
  if (found?.offset !== expected.offset) return null;
  return (
    found.key === expected.key &&
    Buffer.from(found.value).equals(Buffer.from(expected.value)) &&
    sameHeaders(withoutDlqHeaders(found.headers), withoutDlqHeaders(expected.headers))
  );
}

const withoutDlqHeaders = (headers: Headers): Headers =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('dlq_')));

const sameHeaders = (a: Headers, b: Headers): boolean =>
  Object.keys(a).length === Object.keys(b).length &&
  Object.entries(a).every(([name, value]) => b[name] === value);
