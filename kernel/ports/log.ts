/**
 * A position in the log. Offsets begin at 0 in each partition of a topic and grow with each record: without gaps in the
 * embedded log; on Kafka, transaction markers take offsets too.
 */
export interface Position {
  topic: string;
  partition: number;
  offset: number;
}

/** What is appended: the same bytes in every implementation. */
export interface LogRecord {
  topic: string;
  /** aggregate id; it determines the partition, so that the events of an aggregate stay in order */
  key: string;
  /** Confluent wire format: 0, schema id (4 bytes, big endian), Avro */
  value: Uint8Array;
  /** CloudEvents attributes, `ce_…`, and `traceparent` */
  headers: Readonly<Record<string, string>>;
}

export interface StoredRecord extends LogRecord, Position {
  /** time of appending, in milliseconds since the epoch; it never decreases within a log */
  timestamp: number;
}

export interface TopicSpec {
  name: string;
  /** fixed at creation: more partitions would break the order of an aggregate's events */
  partitions: number;
}

/** A header of which a log may keep an index. */
export type IndexedHeader = 'ce_type' | 'ce_correlationid';

/**
 * An append-only log of partitioned topics, with consumer groups that commit outputs and offsets atomically. The contract
 * is `test/contract/event-log.ts`.
 */
export interface EventLog {
  /**
   * Creates missing topics. CONFIG_INVALID when one exists with another partition count, or has a name that Kafka would
   * refuse.
   */
  ensureTopics(topics: readonly TopicSpec[]): Promise<void>;

  /** The existing topics. */
  topics(): Promise<TopicSpec[]>;

  /**
   * Appends all records or none, in the order given; resolves once they survive kill -9. Concurrent calls share one
   * commit. Returns the position of each record.
   */
  append(records: readonly LogRecord[]): Promise<Position[]>;

  /**
   * Committed records of one partition from an offset on, in order: at most `limit`, fewer when they are large, none at
   * the end offset.
   */
  read(from: Position, limit: number): Promise<StoredRecord[]>;

  /**
   * Offsets of the records of a partition before `end` in which the header has this value: the latest first, `limit` at
   * most. Only where the log keeps an index of it: the embedded one does, Kafka has none.
   */
  lookUp?(end: Position, header: IndexedHeader, value: string, limit: number): Promise<number[]>;

  /**
   * The end offset of every partition of the topics: that of the next record. Everything appended or committed before
   * the call is below it and can be read: for that it waits until open transactions have ended, and rejects when the
   * signal aborts.
   */
  endOffsets(topics: readonly string[], signal?: AbortSignal): Promise<Position[]>;

  /**
   * The committed offset of a group for every partition of the topics: the next that it will process, 0 at first. It
   * includes the commits of this log's own consumers before the call. Offsets without a record are skipped: a caught-up
   * group is at the end offsets.
   */
  committed(group: string, topics: readonly string[]): Promise<Position[]>;

  /**
   * Consumes a shard of a group, by default all partitions. It fences the former consumer of that shard.
   */
  consumer(group: string, topics: readonly string[], shard?: Shard): Promise<Consumer>;

  /**
   * Joins a consumer group whose partitions are split into shards, `maxShards` at most, and whose members are each
   * assigned some of them. Yields the assignment of this member, at first and after each rebalance that changes it. To
   * ask for the next one means that the shards missing from this one are revoked: only then are they assigned to another
   * member. Leaves the group, and returns, when the signal aborts. CONFIG_INVALID when the group has another number of
   * shards.
   */
  assignments(
    group: string,
    topics: readonly string[],
    maxShards: number,
    signal: AbortSignal,
  ): AsyncIterable<readonly Shard[]>;

  /** Follows partitions from these positions on, without a group. */
  follow(from: readonly Position[]): Follower;

  /** Waits for appends under way, then closes all consumers and connections. */
  close(): Promise<void>;
}

/**
 * One of n groups of the partitions of some topics. A partition of a topic and the same partition of its dead-letter topic
 * are in one shard, so that all records of an aggregate are.
 */
export interface Shard {
  /** 0 to `of` - 1 */
  index: number;
  /** the number of shards */
  of: number;
}

export const SINGLE_SHARD: Shard = { index: 0, of: 1 };

/** Reads partitions as records are appended. */
export interface Follower {
  /**
   * The next records. Waits until there is at least one or the signal aborts (then: empty). Records of one partition are
   * in order. Across partitions they are in the order of appending as far as the log knows it, and a cause is never
   * returned after its effect. CONSUMER_FENCED when a consumer learns that it is fenced.
   */
  poll(limit: number, signal: AbortSignal): Promise<StoredRecord[]>;

  /**
   * For every partition, the offset before which all records are processed: those of a poll count as processed when the
   * next poll is called. A caught-up follower returns the end offsets.
   */
  positions(): Position[];

  close(): Promise<void>;
}

/** Consumes a shard of a group, from the committed offsets of the group on. */
export interface Consumer extends Follower {
  /**
   * Appends the outputs and commits the offsets `next` atomically and durably. CONSUMER_FENCED when a newer consumer has
   * taken over the shard; nothing is written then.
   */
  commit(next: readonly Position[], outputs: readonly LogRecord[]): Promise<void>;

  /** Releases the shard; its next consumer polls again what was not committed. */
  close(): Promise<void>;
}
