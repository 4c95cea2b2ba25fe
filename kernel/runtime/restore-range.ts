import { partitionKey } from '../partitions.ts';
import type { EventLog, Position, Shard, StoredRecord } from '../ports/log.ts';
import type { Service } from '../service.ts';
import { isDeadLetterTopic } from '../topics.ts';
import type { Folded, FoldedTo, Snapshot } from './snapshot.ts';
import type { Topology } from './topology.ts';
import { shardPositions } from './topology.ts';

export interface RangeOptions {
  service: Service;
  topology: Topology;
  shard: Shard;
  snapshot: Snapshot | undefined;
  signal: AbortSignal;
}

/** Which offsets of which partitions are folded to restore the state of a shard. */
export class RestoreRange {
  readonly #service: Service;
  readonly #topology: Topology;
  /** end offsets of the topics of the global state */
  readonly global: readonly Position[];
  /** end offsets of the shard's own partitions */
  readonly #own: readonly Position[];
  readonly #committed: ReadonlyMap<string, number>;
  /** how far the snapshot reaches */
  readonly #snapshot: ReadonlyMap<string, FoldedTo>;
  /** the next offsets of the fold */
  readonly #progress = new Map<string, number>();

  private constructor(
    { service, topology, shard, snapshot }: RangeOptions,
    ends: readonly Position[],
    committed: readonly Position[],
  ) {
    this.#service = service;
    this.#topology = topology;
    this.#committed = new Map(committed.map((position) => [partitionKey(position), position.offset]));
    this.global = ends.filter(({ topic }) => topology.global.includes(topic));
    this.#snapshot = new Map((snapshot?.positions ?? []).map((folded) => [partitionKey(folded), folded]));
    this.#own = shardPositions(topology, shard, ends);
  }

  /** `committed` are the positions at which the shard continues. */
  static async of(
    options: RangeOptions,
    committed: readonly Position[],
    log: EventLog,
  ): Promise<RestoreRange> {
    const { topology, signal } = options;
    const topics = new Set([...topology.consumed, ...topology.global, ...topology.owned]);
    const ends = await log.endOffsets([...topics], signal);
    return new RestoreRange(options, ends, committed);
  }

  /** The offset at which the shard continues in a partition. */
  readonly committedOffset = (position: Position): number => this.#committed.get(partitionKey(position)) ?? 0;

  /** Whether the shard has processed a record, or reads it as global state. */
  isProcessed(record: StoredRecord): boolean {
    return this.#topology.global.includes(record.topic) || record.offset < this.committedOffset(record);
  }

  /** Whether the snapshot holds a record; own facts are folded when they are emitted, others when they are processed. */
  isInSnapshot(record: StoredRecord, isOwn: boolean): boolean {
    const folded = this.#snapshot.get(partitionKey(record));
    return folded !== undefined && record.offset < (isOwn ? folded.own : folded.offset);
  }

  /** The fold has come so far in a partition. */
  advance(record: StoredRecord): void {
    this.#progress.set(partitionKey(record), record.offset + 1);
  }

  /** How far the partitions are folded, by the snapshot or since. */
  reached(): Folded[] {
    return this.folded.map((end) => {
      const key = partitionKey(end);
      const [before, { topic, partition }] = [this.#snapshot.get(key), end];
      const from = this.#isRead(end) ? this.start(end) : end;
      const at = this.#progress.get(key) ?? from.offset;
      const isGlobal = this.#topology.global.includes(topic);
      const processed = isGlobal ? at : Math.min(at, this.committedOffset(end));
      const own = this.#topology.owned.includes(topic) ? Math.max(at, before?.own ?? 0) : 0;
      return { topic, partition, offset: Math.max(processed, before?.offset ?? 0), own };
    });
  }

  /** Where the fold of a partition begins: before it all is in the snapshot. */
  start(end: Position): Position {
    const folded = this.#snapshot.get(partitionKey(end));
    if (!folded) return { ...end, offset: 0 };
    const { owned, consumed } = this.#topology;
    if (!owned.includes(end.topic)) return { ...end, offset: folded.offset };
    const isConsumed = consumed.includes(end.topic);
    return { ...end, offset: isConsumed ? Math.min(folded.offset, folded.own) : folded.own };
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

  /** Of these the partitions that are read: those of topics to which a service reacts alone say nothing of its state. */
  get read(): Position[] {
    return this.folded.filter((end) => this.#isRead(end));
  }

  #isRead({ topic }: Position): boolean {
    const { owned, state } = this.#topology;
    return owned.includes(topic) || state.includes(topic) || isDeadLetterTopic(topic);
  }
}
