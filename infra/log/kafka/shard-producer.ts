import { setTimeout as sleep } from 'node:timers/promises';
import type { Producer, Transaction } from 'kafkajs';
import { EpochlogError, messageOf } from '../../../kernel/errors.ts';
import type { LogRecord, Position } from '../../../kernel/ports/log.ts';
import type { Client } from './client.ts';
import { isConcurrent, isFenced, translated } from './failure.ts';
import { batches, openProducer, type PartitionedRecord, send, withPartitions } from './producer.ts';
import type { Topics } from './topics.ts';

/** Longer than the failover of a broker in the middle of a transaction. */
const TRANSACTION_TIMEOUT_MS = 45_000;
const CONCURRENT_RETRY_MS = 2;
const CONCURRENT_TIMEOUT_MS = 15_000;

type Partition = Omit<Position, 'offset'>;

export interface ShardProducerOptions {
  client: Client;
  topics: Topics;
  group: string;
  /** of the shard: Kafka fences all producers of it but the newest */
  transactionalId: string;
  /** called after each commit */
  onCommit(next: readonly Position[]): void;
}

/**
 * The transactional producer of a shard. The transactional id belongs to the shard, so Kafka fences all producers of the
 * shard but the newest. After a failed commit the producer is unusable, since it cannot know whether Kafka has committed:
 * the next producer of the shard completes or aborts that transaction when it initialises.
 */
export class ShardProducer {
  readonly #options: ShardProducerOptions;
  readonly #producer: Producer;
  #failure: EpochlogError | undefined;

  constructor(options: ShardProducerOptions, producer: Producer) {
    this.#options = options;
    this.#producer = producer;
  }

  /** for error messages */
  get name(): string {
    return this.#options.transactionalId;
  }

  /** Fences the former producer of the shard; its open transaction is completed or aborted. */
  static async open(options: ShardProducerOptions): Promise<ShardProducer> {
    const producer = openProducer(options.client, options.transactionalId, TRANSACTION_TIMEOUT_MS);
    try {
      await producer.connect();
      const transaction = await producer.transaction();
      await transaction.abort(); // InitProducerId was what mattered
      return new ShardProducer(options, producer);
    } catch (error) {
      await producer.disconnect().catch(() => {});
      throw translated(error, options.client.address);
    }
  }

  /**
   * Aborts a hanging transaction of this transactional id: its coordinator has completed it without writing the markers.
   * Seen with Kafka 4.3.1, when the only broker is killed during a commit. The last stable offset of the partitions does
   * not advance any more, and the next transaction of the id would include the records. An aborted transaction in the
   * same partitions aborts them too; as its offsets are lost as well, the reaction is repeated. The records that add
   * the partitions to the transaction are never committed.
   */
  async abortHanging(open: readonly Partition[], offset: Position): Promise<void> {
    try {
      const transaction = await this.#producer.transaction();
      const offsets = { consumerGroupId: this.#options.group, topics: offsetsOf([offset]) };
      await retryWhileConcurrent(() => transaction.sendOffsets(offsets));
      for (const { topic, partition } of open) {
        await transaction.send({ topic, messages: [{ partition, value: null }] });
      }
      await transaction.abort();
    } catch (error) {
      throw translated(error, this.#options.client.address);
    }
  }

  /** Appends records and commits offsets of the group in one transaction. CONSUMER_FENCED when it cannot be done. */
  async commit(next: readonly Position[], records: readonly LogRecord[]): Promise<void> {
    if (this.#failure) throw this.#failure;
    const partitioned = await withPartitions(records, this.#options.topics);
    if (next.length === 0 && partitioned.length === 0) return;
    let transaction: Transaction | undefined;
    try {
      transaction = await this.#producer.transaction();
      await this.#send(transaction, next, partitioned);
      await transaction.commit();
      this.#options.onCommit(next);
    } catch (error) {
      this.#failure = this.#failed(error);
      if (transaction?.isActive() && !isFenced(error)) await transaction.abort().catch(() => {}); // else its timeout does
      throw this.#failure;
    }
  }

  close(): Promise<void> {
    return this.#producer.disconnect();
  }

  async #send(
    transaction: Transaction,
    next: readonly Position[],
    records: readonly PartitionedRecord[],
  ): Promise<void> {
    if (next.length > 0) {
      const offsets = { consumerGroupId: this.#options.group, topics: offsetsOf(next) };
      await retryWhileConcurrent(() => transaction.sendOffsets(offsets));
    }
    for (const batch of batches(records)) await send(transaction, batch);
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
