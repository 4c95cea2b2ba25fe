import { randomUUID } from 'node:crypto';
import type { Producer } from 'kafkajs';
import type { LogRecord, Position } from '../../../kernel/ports/log.ts';
import type { Client } from './client.ts';
import { translated } from './failure.ts';
import { fits, openProducer, type Placed, partitionsOf, pieces, place, send, weigh } from './producing.ts';
import type { Topics } from './topics.ts';

/** How long others wait for what a killed process has begun to append to several partitions. */
const TRANSACTION_TIMEOUT_MS = 10_000;
interface Append {
  records: readonly LogRecord[];
  resolve(positions: Position[]): void;
  reject(error: unknown): void;
}

interface PlacedAppend extends Append {
  placed: readonly Placed[];
}

/**
 * Appends of many callers, those that wait while one request is under way together in the next. What goes to one
 * partition is one batch, which Kafka takes or refuses as a whole; an append to several is a transaction.
 */
export class Appender {
  readonly #client: Client;
  readonly #topics: Topics;
  readonly #transactionalId: string;
  #producer: Promise<Producer> | undefined;
  #waiting: Append[] = [];
  #draining: Promise<void> | undefined;

  constructor(client: Client, topics: Topics, namespace: string) {
    this.#client = client;
    this.#topics = topics;
    this.#transactionalId = `${namespace}append-${randomUUID()}`;
  }

  append(records: readonly LogRecord[]): Promise<Position[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ records, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Resolves when nothing waits any more and the connections are closed. */
  async close(): Promise<void> {
    await this.#draining;
    await (await this.#producer)?.disconnect();
  }

  async #drain(): Promise<void> {
    await Promise.resolve(); // callers of the same turn come along
    while (this.#waiting.length > 0) await this.#write(await this.#next());
    this.#draining = undefined;
  }

  /** What goes into the next request: at least one append that can be made, and no more than a batch may hold. */
  async #next(): Promise<PlacedAppend[]> {
    const round: PlacedAppend[] = [];
    for (let bytes = 0, count = 0; this.#waiting.length > 0; ) {
      const append = this.#waiting[0]!;
      try {
        const placed = await place(append.records, this.#topics);
        bytes += weigh(placed);
        count += placed.length;
        if (round.length > 0 && !fits(bytes, count)) break;
        round.push({ ...append, placed });
      } catch (error) {
        append.reject(error);
      }
      this.#waiting.shift();
    }
    return round;
  }

  async #write(round: readonly PlacedAppend[]): Promise<void> {
    const records = round.flatMap(({ placed }) => placed);
    try {
      const isPlain =
        round.every(({ placed }) => partitionsOf(placed).size <= 1) && fits(weigh(records), records.length);
      const positions = records.length === 0 ? [] : await this.#send(records, isPlain);
      for (const { placed, resolve } of round) resolve(positions.splice(0, placed.length));
    } catch (error) {
      const failure = translated(error, this.#client.address);
      for (const { reject } of round) reject(failure);
    }
  }

  async #send(records: readonly Placed[], isPlain: boolean): Promise<Position[]> {
    const producer = await this.#connected();
    try {
      return isPlain ? await send(producer, records) : await sendTransaction(producer, records);
    } catch (error) {
      // Its numbering of batches may differ from the broker's now, which would take the next for one it has seen.
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
      return producer;
    } catch (error) {
      this.#producer = undefined;
      producer.disconnect().catch(() => {});
      throw error;
    }
  }
}

async function sendTransaction(producer: Producer, records: readonly Placed[]): Promise<Position[]> {
  const transaction = await producer.transaction();
  try {
    const positions: Position[] = [];
    for (const piece of pieces(records)) positions.push(...(await send(transaction, piece)));
    await transaction.commit();
    return positions;
  } catch (error) {
    if (transaction.isActive()) await transaction.abort().catch(() => {}); // else Kafka does so in time
    throw error;
  }
}
