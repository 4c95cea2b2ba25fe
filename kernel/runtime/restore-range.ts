import { partitionKey, partitionsOfShard } from '../partitions.ts';
import type { EventLog, Position, Shard, StoredRecord } from '../ports/log.ts';
import type { Service } from '../service.ts';
import { isDeadLetterTopic } from '../topics.ts';
import type { Topology } from './topology.ts';

/** Which offsets of which partitions are folded to restore the state of a shard. */
export class RestoreRange {
  readonly #service: Service;
  readonly #topology: Topology;
  /** end offsets of the topics of the global state */
  readonly global: readonly Position[];
  /** end offsets of the shard's own partitions */
  readonly #own: readonly Position[];
  readonly #committed: ReadonlyMap<string, number>;

  private constructor(
    service: Service,
    topology: Topology,
    offsets: { shard: Shard; ends: readonly Position[]; committed: readonly Position[] },
  ) {
    const { shard, ends, committed } = offsets;
    this.#service = service;
    this.#topology = topology;
    this.#committed = new Map(committed.map((position) => [partitionKey(position), position.offset]));
    this.global = ends.filter(({ topic }) => topology.global.includes(topic));
    const own = ends.filter(
      ({ topic }) => topology.consumed.includes(topic) || topology.owned.includes(topic),
    );
    this.#own = partitionsOfShard(shard, own);
  }

  /** `committed` are the positions at which the shard continues. */
  static async of(
    { service, topology, shard }: { service: Service; topology: Topology; shard: Shard },
    committed: readonly Position[],
    log: EventLog,
  ): Promise<RestoreRange> {
    const topics = new Set([...topology.consumed, ...topology.global, ...topology.owned]);
    const ends = await log.endOffsets([...topics]);
    return new RestoreRange(service, topology, { shard, ends, committed });
  }

  /** The offset at which the shard continues in a partition. */
  readonly committedOffset = (position: Position): number => this.#committed.get(partitionKey(position)) ?? 0;

  /** Whether the shard has processed a record, or reads it as global state. */
  isProcessed(record: StoredRecord): boolean {
    return this.#topology.global.includes(record.topic) || record.offset < this.committedOffset(record);
  }

  get deadLetters(): Position[] {
    return this.#own.filter(({ topic }) => isDeadLetterTopic(topic));
  }

  /** End offsets of the partitions that the shard goes on consuming. */
  get consumed(): Position[] {
    return this.#own.filter(({ topic }) => this.#topology.consumed.includes(topic));
  }

  /** Exclusive end offsets of the fold: owned and global topics to their end, consumed ones to the committed offset. */
  get folded(): Position[] {
    const hasState = (this.#service.stateFrom ?? []).length > 0;
    const isOwned = ({ topic }: Position) => this.#topology.owned.includes(topic);
    const own = this.#own
      .filter((end) => isOwned(end) || isDeadLetterTopic(end.topic) || hasState)
      .map((end) => (isOwned(end) ? end : { ...end, offset: this.committedOffset(end) }));
    return [...own, ...this.global];
  }
}
