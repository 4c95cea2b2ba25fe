import { randomUUID } from 'node:crypto';
import type { Producer } from 'kafkajs';
import type { LogRecord, Position } from '../../../kernel/ports/log.ts';
import type { Client } from './client.ts';
import type { Connection } from './connection.ts';
import { translated } from './failure.ts';
import type { Offsets } from './offsets.ts';
import {
  batches,
  fitsInBatch,
  openProducer,
  type PartitionedRecord,
  partitionsOf,
  send,
  totalBytes,
  withPartitions,
} from './producer.ts';
import type { Topics } from './topics.ts';
import { Transactions } from './transactions.ts';

/** After this time the broker aborts the transaction of a killed process, for which readers wait. */
const TRANSACTION_TIMEOUT_MS = 10_000;

interface Append {
  records: readonly LogRecord[];
  resolve(positions: Position[]): void;
  reject(error: unknown): void;
}

interface PartitionedAppend extends Append {
  partitioned: readonly PartitionedRecord[];
}

/**
 * Group commit: appends that are called during a request share the next one. An append to one partition is one batch,
 * which Kafka appends or refuses as a whole; an append to several is a transaction.
 */
export class Appender {
  readonly #client: Client;
  readonly #topics: Topics;
  readonly #transactionalId: string;
  readonly #transactions: Transactions;
  #producer: Promise<Producer> | undefined;
  /** the partitions of what a former producer has failed to send: it is not known whether Kafka has committed it */
  #unknown: readonly Omit<Position, 'offset'>[] | undefined;
  #waiting: Append[] = [];
  #draining: Promise<void> | undefined;

  constructor(client: Client, connection: Connection, topics: Topics, offsets: Offsets, namespace: string) {
    this.#client = client;
    this.#topics = topics;
    this.#transactionalId = `${namespace}append-${randomUUID()}`;
    this.#transactions = new Transactions({ connection, offsets, transactionalId: this.#transactionalId });
  }

  append(records: readonly LogRecord[]): Promise<Position[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ records, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Waits for all appends, then closes the connections. */
  async close(): Promise<void> {
    await this.#draining;
    this.#transactions.close();
    await (await this.#producer)?.disconnect();
  }

  async #drain(): Promise<void> {
    await Promise.resolve(); // includes callers of the same turn of the event loop
    while (this.#waiting.length > 0) await this.#write(await this.#next());
    this.#draining = undefined;
  }

  /** The appends of the next request: one at least, and no more than fit in a batch. An invalid append is rejected. */
  async #next(): Promise<PartitionedAppend[]> {
    const round: PartitionedAppend[] = [];
    for (let bytes = 0, count = 0; this.#waiting.length > 0; ) {
      const append = this.#waiting[0]!;
      try {
        const partitioned = await withPartitions(append.records, this.#topics);
        bytes += totalBytes(partitioned);
        count += partitioned.length;
        if (round.length > 0 && !fitsInBatch(bytes, count)) break;
        round.push({ ...append, partitioned });
      } catch (error) {
        append.reject(error);
      }
      this.#waiting.shift();
    }
    return round;
  }

  async #write(round: readonly PartitionedAppend[]): Promise<void> {
    const records = round.flatMap(({ partitioned }) => partitioned);
    try {
      const isPlain =
        round.every(({ partitioned }) => partitionsOf(partitioned).size <= 1) &&
        fitsInBatch(totalBytes(records), records.length);
      const positions = records.length === 0 ? [] : await this.#send(records, isPlain);
      for (const { partitioned, resolve } of round) resolve(positions.splice(0, partitioned.length));
    } catch (error) {
      const failure = translated(error, this.#client.address);
      for (const { reject } of round) reject(failure);
    }
  }

  async #send(records: readonly PartitionedRecord[], isPlain: boolean): Promise<Position[]> {
    const producer = await this.#connected();
    try {
      if (isPlain) return await send(producer, records);
      const positions = await this.#transactions.run(() => sendTransaction(producer, records));
      this.#transactions.add(positions, []);
      return positions;
    } catch (error) {
      this.#unknown = records.map(({ record: { topic }, partition }) => ({ topic, partition }));
      // Its sequence numbers may differ from the broker's, which would drop the next batch as a duplicate.
      this.#producer = undefined;
      producer.disconnect().catch(() => {});
      throw error;
    }
  }

  #connected(): Promise<Producer> {
    this.#producer ??= this.#connect();
    return this.#producer;
  }

  async #connect(): Promise<Producer> {
    const producer = openProducer(this.#client, this.#transactionalId, TRANSACTION_TIMEOUT_MS);
    try {
      await producer.connect();
      if (this.#unknown) await this.#transactions.takeOver(producer, this.#unknown);
      this.#unknown = undefined;
      return producer;
    } catch (error) {
      this.#producer = undefined;
      producer.disconnect().catch(() => {});
      throw error;
    }
  }
}

async function sendTransaction(
  producer: Producer,
  records: readonly PartitionedRecord[],
): Promise<Position[]> {
  const transaction = await producer.transaction();
  try {
    const positions: Position[] = [];
    for (const batch of batches(records)) positions.push(...(await send(transaction, batch)));
    await transaction.commit();
    return positions;
  } catch (error) {
    if (transaction.isActive()) await transaction.abort().catch(() => {}); // else its timeout does
    throw error;
  }
}
