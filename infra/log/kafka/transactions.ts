import { setTimeout as sleep } from 'node:timers/promises';
import type { Producer } from 'kafkajs';
import { EpochlogError } from '../../../kernel/errors.ts';
import { partitionKey } from '../../../kernel/partitions.ts';
import type { Position } from '../../../kernel/ports/log.ts';
import type { Connection } from './connection.ts';
import { isFenced } from './failure.ts';
import { identityOf, onLostConnection, type ProducerIdentity } from './kafkajs-patch.ts';
import type { Offsets } from './offsets.ts';
import {
  findTransactionCoordinator,
  type TransactionCoordinator,
  transactionState,
} from './transaction-coordinator.ts';

type Partition = Omit<Position, 'offset'>;

const POLL_INTERVAL_MS = 5;
const RETRY_INTERVAL_MS = 500;

export interface TransactionsOptions {
  connection: Connection;
  offsets: Offsets;
  transactionalId: string;
  /** whose offsets the transactions commit */
  group?: string;
}

/** Positions that are visible once a transaction is: next offsets of partitions, and of the group in partitions. */
interface Expected {
  written: Map<string, Position>;
  committed: Map<string, Position>;
}

const nothing = (): Expected => ({ written: new Map(), committed: new Map() });

/**
 * The transactions of a transactional id, one at a time, and their repair.
 *
 * Kafka 4.3.1 may leave a transaction hanging: after a restart its coordinator takes a partition that has no leader for a
 * moment for one that was deleted, and completes the transaction without a marker there. The last stable offset of the
 * partition does not advance any more, and offsets of the group stay pending. A later transaction in the same partitions,
 * of the same producer or of a newer one of its transactional id, ends the hanging one too, with its own outcome: so one
 * without records is committed there. A producer that has not lost a connection has nothing to repair.
 */
export class Transactions {
  readonly #options: TransactionsOptions;
  readonly #stopListening: () => void;
  /** of the acknowledged transactions whose markers may be missing */
  #expected = nothing();
  #identity: ProducerIdentity | undefined;
  #isInDoubt = false;
  #isClosed = false;
  /** one transaction at a time */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: TransactionsOptions) {
    this.#options = options;
    this.#stopListening = onLostConnection(() => {
      if (this.#isInDoubt) return;
      this.#isInDoubt = true;
      this.#confirmInBackground();
    });
  }

  /** Runs a transaction after those before it, which are repaired first where they hang. */
  run<T>(transaction: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(async () => {
      await this.#confirm();
      return transaction();
    });
    this.#queue = result.catch(() => {});
    return result;
  }

  /** Remembers an acknowledged transaction: the records that it has written, and the offsets that it has committed. */
  add(written: readonly Position[], committed: readonly Position[]): void {
    this.#identity ??= identityOf(this.#options.transactionalId);
    // it could not have begun before the former one had its markers, unless the coordinator has restarted meanwhile
    if (!this.#isInDoubt) this.#expected = nothing();
    for (const at of written) {
      const known = this.#expected.written.get(partitionKey(at));
      const next = Math.max(at.offset + 1, known?.offset ?? 0);
      this.#expected.written.set(partitionKey(at), { ...at, offset: next });
    }
    for (const at of committed) this.#expected.committed.set(partitionKey(at), at);
  }

  /**
   * Fences the former producer of the transactional id with this connected one. The transaction of the former one is
   * completed or aborted when this resolves, also where Kafka has left it hanging: in these partitions, and in the offsets
   * of the group.
   */
  async takeOver(producer: Producer, partitions: readonly Partition[]): Promise<void> {
    const { connection, transactionalId, offsets, group } = this.#options;
    const former = await connection.run(async (cluster) =>
      transactionState(await findTransactionCoordinator(cluster, transactionalId), transactionalId),
    );
    const transaction = await producer.transaction();
    await transaction.abort(); // InitProducerId was what mattered
    this.#identity = identityOf(transactionalId);
    if (!former) return;
    const open = await offsets.withOpenTransaction(partitions); // transactions of others stay open
    const isCommitted = former === 'PrepareCommit' || former === 'CompleteCommit';
    if (group || open.length > 0) await this.#endTransaction(isCommitted, open);
  }

  close(): void {
    this.#isClosed = true;
    this.#stopListening();
  }

  /** Idle services too: others wait for their records. */
  #confirmInBackground(): void {
    if (this.#isClosed) return;
    this.#queue = this.#queue
      .then(() => this.#confirm())
      .catch((error: unknown) => {
        // any other failure is that of the next transaction
        if (!isUnavailable(error)) return;
        setTimeout(() => this.#confirmInBackground(), RETRY_INTERVAL_MS).unref();
      });
  }

  /** Waits until the acknowledged transactions are visible, and repairs them where they are not. */
  async #confirm(): Promise<void> {
    if (!this.#isInDoubt) return;
    while (this.#isInDoubt) {
      this.#isInDoubt = false;
      try {
        if (!(await this.#isVisible()))
          await this.#endTransaction(true, [...this.#expected.written.values()]);
      } catch (error) {
        this.#isInDoubt = true;
        throw error;
      }
    }
    this.#expected = nothing();
  }

  async #isVisible(): Promise<boolean> {
    const { offsets, group } = this.#options;
    const { written, committed } = this.#expected;
    if (!(await offsets.areStable([...written.values()]))) return false;
    return !group || offsets.areCommitted(group, [...committed.values()]);
  }

  /** Ends a transaction without records in the partitions, and in the offsets of the group. */
  async #endTransaction(isCommitted: boolean, partitions: readonly Position[]) {
    const { connection, transactionalId, group } = this.#options;
    const transaction = { transactionalId, ...this.#identity };
    const topics = [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, own]) => ({
      topic,
      partitions: own.map(({ partition }) => partition),
    }));
    await connection.run(async (cluster) => {
      const coordinator = await findTransactionCoordinator(cluster, transactionalId);
      try {
        if (topics.length > 0) await coordinator.addPartitionsToTxn({ ...transaction, topics });
        if (group) await coordinator.addOffsetsToTxn({ ...transaction, groupId: group });
        await coordinator.endTxn({ ...transaction, transactionResult: isCommitted });
        await untilComplete(coordinator, transactionalId);
      } catch (error) {
        if (!isFenced(error)) throw error;
        throw new EpochlogError('CONSUMER_FENCED', `a newer producer of ${transactionalId} has taken over`, {
          cause: error,
        });
      }
    });
  }
}

async function untilComplete(coordinator: TransactionCoordinator, transactionalId: string): Promise<void> {
  while ((await transactionState(coordinator, transactionalId))?.startsWith('Prepare')) {
    await sleep(POLL_INTERVAL_MS);
  }
}

const isUnavailable = (error: unknown): boolean =>
  error instanceof EpochlogError && error.code === 'LOG_UNAVAILABLE';
