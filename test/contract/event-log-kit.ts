import { expect } from 'vitest';
import type { Consumer, EventLog, LogRecord, Position, StoredRecord } from '../../kernel/ports/log.ts';

/** A log under test, used by nothing else. */
export interface OpenedLog {
  log: EventLog;
  /** closes the log and opens it again */
  reopen(): Promise<EventLog>;
  /** closes the log and deletes its data */
  destroy(): Promise<void>;
}

/** The log under test as it is now open, and unique names. */
export interface Subject {
  readonly log: EventLog;
  reopen(): Promise<void>;
  topic(partitions?: number): Promise<string>;
  group(): string;
}

const POLL_TIMEOUT_MS = 20_000;

let names = 0;
export const unique = (kind: string): string =>
  `${kind}-${process.pid}-${Date.now().toString(36)}-${names++}`;

/** A record without headers. */
export const record = (topic: string, key: string, value: string | Uint8Array = ''): LogRecord => ({
  topic,
  key,
  value: typeof value === 'string' ? Buffer.from(value) : value,
  headers: {},
});

/** The appended part of a record, in a form that is equal when the bytes are. */
export const content = ({ topic, key, value, headers }: LogRecord) => ({
  topic,
  key,
  value: Buffer.from(value).toString('base64'),
  headers,
});

export const textOf = ({ value }: LogRecord): string => Buffer.from(value).toString();

export const positionOf = ({ topic, partition, offset }: Position): Position => ({
  topic,
  partition,
  offset,
});

/** The positions to commit when these records, in order within each partition, are processed. */
export function next(...processed: readonly Position[]): Position[] {
  const positions = processed.map(({ topic, partition, offset }) => ({
    topic,
    partition,
    offset: offset + 1,
  }));
  return [
    ...new Map(positions.map((position) => [`${position.topic}/${position.partition}`, position])).values(),
  ];
}

/** Every record of a topic, partition by partition. */
export async function readAll(log: EventLog, topic: string): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  for (const { partition } of await log.endOffsets([topic])) {
    for (let offset = 0; ; ) {
      const page = await log.read({ topic, partition, offset }, 1_000);
      if (page.length === 0) break;
      records.push(...page);
      offset = page.at(-1)!.offset + 1;
    }
  }
  return records;
}

/** Polls until there are `count` records. */
export async function take(consumer: Consumer, count: number, limit = count): Promise<StoredRecord[]> {
  const signal = AbortSignal.timeout(POLL_TIMEOUT_MS);
  const records: StoredRecord[] = [];
  while (records.length < count) {
    const polled = await consumer.poll(limit, signal);
    expect(polled.length, `records after ${records.length} of ${count}`).toBeGreaterThan(0);
    expect(polled.length).toBeLessThanOrEqual(limit);
    records.push(...polled);
  }
  return records;
}

/** The error code of a promise that must reject. */
export const codeOf = (failing: Promise<unknown>): Promise<string> =>
  failing.then(
    () => 'no error',
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
  );
