import { setTimeout as sleep } from 'node:timers/promises';
import { EpochlogError } from '../../../kernel/errors.ts';
import { partitionKey, positionKey } from '../../../kernel/partitions.ts';
import type { Position } from '../../../kernel/ports/log.ts';
import type { Client } from './client.ts';
import { Connection } from './connection.ts';
import { byTopic, fetchEndOffsets } from './end-offsets.ts';
import type { Fetcher } from './fetcher.ts';
import { TransactionMarkers } from './transaction-markers.ts';

type Partition = Omit<Position, 'offset'>;

/** The transaction of a killed producer stays open until its transaction timeout. */
export const OPEN_TRANSACTION_TIMEOUT_MS = 60_000;
const INITIAL_BACKOFF_MS = 1;
const MAX_BACKOFF_MS = 50;
/** The offsets of an acknowledged transaction are visible within milliseconds. */
const VISIBILITY_TIMEOUT_MS = 5_000;

/** End offsets of partitions, and committed offsets of groups. */
export class Offsets {
  readonly #address: string;
  readonly #uncommitted: Connection;
  readonly #committed: Connection;
  readonly #markers: TransactionMarkers;
  /** offsets that this process has committed, by group and partition */
  readonly #known = new Map<string, Map<string, number>>();

  constructor(client: Client, fetcher: Fetcher) {
    this.#address = client.address;
    this.#uncommitted = new Connection(client, 'uncommitted');
    this.#committed = fetcher.connection;
    this.#markers = new TransactionMarkers(fetcher);
  }

  /**
   * The high watermarks, once the last stable offsets have reached them: transactions that were open when it was called
   * are committed or aborted when it resolves.
   */
  async endOffsets(partitions: readonly Partition[], signal?: AbortSignal): Promise<Position[]> {
    const [ends, lastStable] = await Promise.all([
      this.#uncommitted.run((cluster) => fetchEndOffsets(cluster, partitions)),
      this.#committed.run((cluster) => fetchEndOffsets(cluster, partitions)),
    ]);
    await this.#untilStable(ends, lastStable, signal);
    return ends;
  }

  /** The end offsets of those of the partitions in which a transaction is open now. */
  async withOpenTransaction(partitions: readonly Partition[]): Promise<Position[]> {
    const ends = await this.#uncommitted.run((cluster) => fetchEndOffsets(cluster, partitions));
    return behind(ends, await this.#committed.run((cluster) => fetchEndOffsets(cluster, partitions)));
  }

  /** Whether no transaction is open before these positions. */
  async areStable(positions: readonly Position[]): Promise<boolean> {
    if (positions.length === 0) return true;
    const stable = await this.#committed.run((cluster) => fetchEndOffsets(cluster, positions));
    return behind(positions, stable).length === 0;
  }

  /** Whether the group has committed these offsets. */
  async areCommitted(group: string, next: readonly Position[]): Promise<boolean> {
    return next.length === 0 || behind(next, await this.#fetch(group, next)).length === 0;
  }

  /** Remembers offsets that were committed in a transaction: Kafka makes them visible a little later. */
  addCommitted(group: string, next: readonly Position[]): void {
    const known = this.#known.get(group) ?? new Map<string, number>();
    for (const position of next) known.set(partitionKey(position), position.offset);
    this.#known.set(group, known);
  }

  /**
   * The committed offsets of a group, 0 where it has none. They include what this process has committed; where only
   * transaction markers follow, it is the end offset.
   */
  async committed(group: string, partitions: readonly Partition[]): Promise<Position[]> {
    const known = this.#known.get(group);
    for (const deadline = Date.now() + VISIBILITY_TIMEOUT_MS; ; await sleep(INITIAL_BACKOFF_MS)) {
      const committed = await this.#fetch(group, partitions);
      const isVisible = committed.every(
        (position) => position.offset >= (known?.get(partitionKey(position)) ?? 0),
      );
      if (isVisible || Date.now() > deadline) return this.#markers.skip(committed);
    }
  }

  close(): Promise<void> {
    return this.#uncommitted.close();
  }

  async #fetch(group: string, partitions: readonly Partition[]): Promise<Position[]> {
    const { responses } = await this.#committed.run(async (cluster) => {
      const coordinator = await cluster.findGroupCoordinator({ groupId: group });
      return coordinator.offsetFetch({ groupId: group, topics: byTopic(partitions) });
    });
    const offsets = new Map(
      responses.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => [
          partitionKey({ topic, partition }),
          Math.max(0, Number(offset)),
        ]),
      ),
    );
    return partitions.map((partition) => ({
      ...partition,
      offset: offsets.get(partitionKey(partition)) ?? 0,
    }));
  }

  async #untilStable(
    ends: readonly Position[],
    lastStable: readonly Position[],
    signal?: AbortSignal,
  ): Promise<void> {
    const deadline = Date.now() + OPEN_TRANSACTION_TIMEOUT_MS;
    let open = behind(ends, lastStable);
    for (let wait = INITIAL_BACKOFF_MS; open.length > 0; wait = Math.min(2 * wait, MAX_BACKOFF_MS)) {
      if (Date.now() > deadline) throw transactionStaysOpen(this.#address, open[0]!);
      await sleep(wait, undefined, { signal });
      open = behind(open, await this.#committed.run((cluster) => fetchEndOffsets(cluster, open)));
    }
  }
}

/** A transaction is open for longer than its timeout. */
export const transactionStaysOpen = (address: string, position: Position): EpochlogError =>
  new EpochlogError(
    'LOG_UNAVAILABLE',
    `Kafka at ${address}: a transaction before ${positionKey(position)} stays open; find and abort it with kafka-transactions.sh`,
  );

const behind = (ends: readonly Position[], reached: readonly Position[]): Position[] => {
  const offsets = new Map(reached.map((position) => [partitionKey(position), position.offset]));
  return ends.filter((end) => (offsets.get(partitionKey(end)) ?? 0) < end.offset);
};
