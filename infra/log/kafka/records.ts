import type { IHeaders, Message } from 'kafkajs';
import type { LogRecord, StoredRecord } from '../../../kernel/ports/log.ts';

/** A record of a fetch response as kafkajs decodes it. */
export interface FetchedMessage {
  offset: string;
  timestamp: string;
  key: Buffer | null;
  value: Buffer | null;
  headers: IHeaders;
  isControlRecord: boolean;
  batchContext: { producerId: string; inTransaction: boolean };
}

export interface AbortedTransaction {
  producerId: string;
  firstOffset: string;
}

export function messageOf({ key, value, headers }: LogRecord, partition: number): Message {
  return {
    key,
    value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    headers: { ...headers },
    partition,
  };
}

export function recordOf(message: FetchedMessage, topic: string, partition: number): StoredRecord {
  const headers: Record<string, string> = {};
  for (const name in message.headers) headers[name] = textOf(message.headers[name]);
  return {
    topic,
    partition,
    offset: Number(message.offset),
    timestamp: Number(message.timestamp),
    key: message.key?.toString() ?? '',
    value: message.value ?? new Uint8Array(0),
    headers,
  };
}

const textOf = (value: IHeaders[string]): string => {
  const last = Array.isArray(value) ? value.at(-1) : value;
  return last?.toString() ?? '';
};

const ABORT = Buffer.of(0, 0, 0, 0); // version and type of a control record

/**
 * Drops control records and the records of aborted transactions: those of a producer from the first offset of an aborted
 * transaction up to its abort marker. Source: Kafka's protocol guide, "Control Batches". (The filter of kafkajs 2.2.4
 * keeps aborted records when two aborted transactions overlap.)
 */
export function committed(
  messages: readonly FetchedMessage[],
  aborted: readonly AbortedTransaction[],
): FetchedMessage[] {
  const begins = aborted
    .map(({ producerId, firstOffset }) => ({ producerId, from: Number(firstOffset) }))
    .sort((a, b) => b.from - a.from);
  const aborting = new Set<string>();
  return messages.filter(({ offset, key, isControlRecord, batchContext }) => {
    const { producerId, inTransaction } = batchContext;
    while (begins.length > 0 && begins.at(-1)!.from <= Number(offset)) aborting.add(begins.pop()!.producerId);
    if (isControlRecord && key?.equals(ABORT)) aborting.delete(producerId);
    return !isControlRecord && !(inTransaction && aborting.has(producerId));
  });
}
