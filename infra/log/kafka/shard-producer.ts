import { setTimeout as sleep } from 'node:timers/promises';
import type { Producer, Transaction } from 'kafkajs';
import { EpochlogError, messageOf } from '../../../kernel/errors.ts';
import type { LogRecord, Position } from '../../../kernel/ports/log.ts';
import type { Client } from './client.ts';
import type { Connection } from './connection.ts';
import { isConcurrent, isFenced, translated } from './failure.ts';
import type { Offsets } from './offsets.ts';
import { batches, openProducer, type PartitionedRecord, send, withPartitions } from './producer.ts';
import type { Topics } from './topics.ts';
import { Transactions } from './transactions.ts';

/** Longer than the failover of a broker in the middle of a transaction. */
const TRANSACTION_TIMEOUT_MS = 45_000;
const CONCURRENT_RETRY_MS = 2;
const CONCURRENT_TIMEOUT_MS = 15_000;

type Partition = Omit<Position, 'offset'>;

export interface ShardProducerOptions {
  client: Client;
  connection: Connection;
  topics: Topics;
  offsets: Offsets;
  group: string;
  /** of the shard: Kafka fences all producers of it but the newest */
  transactionalId: string;
  /** all in which a transaction of the shard may have written */
  partitions: readonly Partition[];
}

/**
 * The transactional producer of a shard. The transactional id belongs to the shard, so Kafka fences all producers of the
 * shard but the newest. After a failed commit the producer is unusable, since it cannot know whether Kafka has committed:
 * the next producer of the shard completes or aborts that transaction when it initialises.
 */
export class ShardProducer {
  readonly #options: ShardProducerOptions;
  readonly #producer: Producer;
  readonly #transactions: Transactions;
  #failure: EpochlogError | undefined;

  private constructor(options: ShardProducerOptions, producer: Producer, transactions: Transactions) {
    this.#options = options;
    this.#producer = producer;
    this.#transactions = transactions;
  }

  /** for error messages */
  get name(): string {
    return this.#options.transactionalId;
  }

  /**
   * Fences the former producer of the shard. Its transaction is completed or aborted when this resolves, also where Kafka
   * has left it hanging.
   */
  static async open(options: ShardProducerOptions): Promise<ShardProducer> {
    const producer = openProducer(options.client, options.transactionalId, TRANSACTION_TIMEOUT_MS);
    const transactions = new Transactions(options);
    try {
      await producer.connect();
      await transactions.takeOver(producer, options.partitions);
      return new ShardProducer(options, producer, transactions);
    } catch (error) {
      transactions.close();
      await producer.disconnect().catch(() => {});
      throw translated(error, options.client.address);
    }
  }

  /**
   * Appends records and commits offsets of the group in one transaction, after those of the calls before. CONSUMER_FENCED
   * when it cannot be done.
   */
  commit(next: readonly Position[], records: readonly LogRecord[]): Promise<void> {
    return this.#transactions.run(() => this.#commit(next, records));
  }

  close(): Promise<void> {
    this.#transactions.close();
    return this.#producer.disconnect();
  }

  async #commit(next: readonly Position[], records: readonly LogRecord[]): Promise<void> {
    if (this.#failure) throw this.#failure;
    const partitioned = await withPartitions(records, this.#options.topics);
    if (next.length === 0 && partitioned.length === 0) return;
    let transaction: Transaction | undefined;
    try {
      transaction = await this.#producer.transaction();
      const written = await this.#send(transaction, next, partitioned);
      await transaction.commit();
      this.#transactions.add(written, next);
      this.#options.offsets.addCommitted(this.#options.group, next);
    } catch (error) {
      this.#failure = this.#failed(error);
      if (transaction?.isActive() && !isFenced(error)) await transaction.abort().catch(() => {}); // else its timeout does
      throw this.#failure;
    }
  }

  async #send(
    transaction: Transaction,
    next: readonly Position[],
    records: readonly PartitionedRecord[],
  ): Promise<Position[]> {
    if (next.length > 0) {
      const offsets = { consumerGroupId: this.#options.group, topics: offsetsOf(next) };
      await retryWhileConcurrent(() => transaction.sendOffsets(offsets));
    }
    const written: Position[] = [];
    for (const batch of batches(records)) written.push(...(await send(transaction, batch)));
    return written;
  }

  #failed(error: unknown): EpochlogError {
    const { group, client } = this.#options;
    const reason = isFenced(error)
      ? `another consumer of group '${group}' has taken over the shard`
      : `it is not known whether a commit of group '${group}' succeeded (Kafka at ${client.address}: ${messageOf(error)}): consume the shard again`;
    return new EpochlogError('CONSUMER_FENCED', reason, { cause: error });
  }
}

/** Kafka acknowledges a commit a little before the producer can begin the next transaction. */
async function retryWhileConcurrent(step: () => Promise<void>): Promise<void> {
  for (const deadline = Date.now() + CONCURRENT_TIMEOUT_MS; ; ) {
    try {
      return await step();
    } catch (error) {
      if (!isConcurrent(error) || Date.now() > deadline) throw error;
      await sleep(CONCURRENT_RETRY_MS);
    }
  }
}

const offsetsOf = (next: readonly Position[]) =>
  [...Map.groupBy(next, ({ topic }) => topic)].map(([topic, positions]) => ({
    topic,
    partitions: positions.map(({ partition, offset }) => ({ partition, offset: String(offset) })),
  }));
