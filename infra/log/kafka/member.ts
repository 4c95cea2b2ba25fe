import { setTimeout as sleep } from 'node:timers/promises';
import type { Producer, Transaction } from 'kafkajs';
import { EpochlogError, messageOf } from '../../../kernel/errors.ts';
import type { LogRecord, Position } from '../../../kernel/ports/log.ts';
import type { Client } from './client.ts';
import { isConcurrent, isFenced, translated } from './failure.ts';
import { openProducer, type Placed, pieces, place, send } from './producing.ts';
import type { Topics } from './topics.ts';

/** Long enough for a cluster that loses a broker in the middle of a transaction. */
const TRANSACTION_TIMEOUT_MS = 45_000;
const CONCURRENT_WAIT_MS = 2;
const CONCURRENT_PATIENCE_MS = 15_000;

type Partition = Omit<Position, 'offset'>;

/** What a member is made of. */
export interface Joining {
  client: Client;
  topics: Topics;
  group: string;
  /** of the shard: Kafka lets only the one that came last go on with it */
  transactionalId: string;
  /** told of each step that is done */
  onCommit(next: readonly Position[]): void;
}

/**
 * Who has a shard of a consumer group, which only one can: it writes in transactions under the one id of that shard.
 * A step that fails in any way ends the membership, since it cannot be known whether Kafka has what was sent:
 * the next member to join completes or undoes the step before it begins.
 */
export class Member {
  readonly #joining: Joining;
  readonly #producer: Producer;
  #end: EpochlogError | undefined;

  constructor(joining: Joining, producer: Producer) {
    this.#joining = joining;
    this.#producer = producer;
  }

  /** for messages */
  get name(): string {
    return this.#joining.transactionalId;
  }

  /** Takes the place; whoever had it is fenced, and what it had begun is completed or undone. */
  static async join(joining: Joining): Promise<Member> {
    const producer = openProducer(joining.client, joining.transactionalId, TRANSACTION_TIMEOUT_MS);
    try {
      await producer.connect();
      const transaction = await producer.transaction();
      await transaction.abort(); // it is the id that was wanted
      return new Member(joining, producer);
    } catch (error) {
      await producer.disconnect().catch(() => {});
      throw translated(error, joining.client.address);
    }
  }

  /**
   * Ends transactions of this id that Kafka has forgotten. A broker that is killed as a transaction is committed may
   * take it for complete afterwards, though no partition was told (seen with Kafka 4.3.1, with one broker): nobody reads
   * what lies behind it any more, and the next transaction of the id would make a part of its own of it. One that is
   * aborted takes it along; as its offsets are gone too, the step is done again. Nobody ever sees the records by which the
   * partitions take part.
   */
  async endForgotten(open: readonly Partition[], offset: Position): Promise<void> {
    try {
      const transaction = await this.#producer.transaction();
      const offsets = { consumerGroupId: this.#joining.group, topics: offsetsOf([offset]) };
      await untilAlone(() => transaction.sendOffsets(offsets));
      for (const { topic, partition } of open) {
        await transaction.send({ topic, messages: [{ partition, value: null }] });
      }
      await transaction.abort();
    } catch (error) {
      throw translated(error, this.#joining.client.address);
    }
  }

  /** Appends records and commits offsets of the group in one transaction. CONSUMER_FENCED when it cannot be done. */
  async commit(next: readonly Position[], records: readonly LogRecord[]): Promise<void> {
    if (this.#end) throw this.#end;
    const placed = await place(records, this.#joining.topics);
    if (next.length === 0 && placed.length === 0) return;
    let transaction: Transaction | undefined;
    try {
      transaction = await this.#producer.transaction();
      await this.#send(transaction, next, placed);
      await transaction.commit();
      this.#joining.onCommit(next);
    } catch (error) {
      this.#end = this.#endedBy(error);
      if (transaction?.isActive() && !isFenced(error)) await transaction.abort().catch(() => {}); // else in time
      throw this.#end;
    }
  }

  close(): Promise<void> {
    return this.#producer.disconnect();
  }

  async #send(
    transaction: Transaction,
    next: readonly Position[],
    records: readonly Placed[],
  ): Promise<void> {
    if (next.length > 0) {
      const offsets = { consumerGroupId: this.#joining.group, topics: offsetsOf(next) };
      await untilAlone(() => transaction.sendOffsets(offsets));
    }
    for (const piece of pieces(records)) await send(transaction, piece);
  }

  #endedBy(error: unknown): EpochlogError {
    const { group, client } = this.#joining;
    const why = isFenced(error)
      ? `another member of group '${group}' has taken over`
      : `a step of group '${group}' may or may not be done (Kafka at ${client.address}: ${messageOf(error)}): join again`;
    return new EpochlogError('CONSUMER_FENCED', why, { cause: error });
  }
}

/** The step, once the producer's last transaction is complete: Kafka acknowledges it a little earlier. */
async function untilAlone(step: () => Promise<void>): Promise<void> {
  for (const deadline = Date.now() + CONCURRENT_PATIENCE_MS; ; ) {
    try {
      return await step();
    } catch (error) {
      if (!isConcurrent(error) || Date.now() > deadline) throw error;
      await sleep(CONCURRENT_WAIT_MS);
    }
  }
}

const offsetsOf = (next: readonly Position[]) =>
  [...Map.groupBy(next, ({ topic }) => topic)].map(([topic, positions]) => ({
    topic,
    partitions: positions.map(({ partition, offset }) => ({ partition, offset: String(offset) })),
  }));
