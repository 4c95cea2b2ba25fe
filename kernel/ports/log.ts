/**
 * A place in the log. Offsets begin at 0 in each partition of a topic and grow with each record; the embedded log
 * leaves no gaps, Kafka spends an offset on each of its transactions.
 */
export interface Position {
  topic: string;
  partition: number;
  offset: number;
}

/** What is appended: the same bytes in every implementation. */
export interface LogRecord {
  topic: string;
  /** aggregate id; decides the partition, so that one aggregate's events stay in order */
  key: string;
  /** Confluent wire format: 0, schema id (4 bytes, big endian), Avro */
  value: Uint8Array;
  /** CloudEvents attributes, `ce_…`, and `traceparent` */
  headers: Readonly<Record<string, string>>;
}

export interface StoredRecord extends LogRecord, Position {
  /** milliseconds since the epoch at which the log took the record; never decreases within a log */
  timestamp: number;
}

export interface TopicSpec {
  name: string;
  /** fixed at creation: adding partitions later would break the order of an aggregate's events */
  partitions: number;
}

/**
 * An append-only log of partitioned topics, with consumer groups that read, process and write in one atomic
 * step. The contract is `test/contract/event-log.ts`.
 */
export interface EventLog {
  /**
   * Creates the topics that are missing. CONFIG_INVALID when one exists with another partition count, or has a name
   * that Kafka would refuse.
   */
  ensureTopics(topics: readonly TopicSpec[]): Promise<void>;

  /** The topics there are. */
  topics(): Promise<TopicSpec[]>;

  /**
   * Appends all records or none, in the order given, and resolves once they would survive a crash of the
   * machine's process (kill -9). Concurrent calls share one commit. Returns where each record now is.
   */
  append(records: readonly LogRecord[]): Promise<Position[]>;

  /**
   * Committed records of one partition from an offset on, in order: at most `limit`, fewer when they are large,
   * none at the end.
   */
  read(from: Position, limit: number): Promise<StoredRecord[]>;

  /**
   * For every partition of the topics, the offset that the next record will get. Everything appended or committed
   * before the call is below it and can be read.
   */
  endOffsets(topics: readonly string[]): Promise<Position[]>;

  /**
   * For every partition of the topics, the next offset that the group will process (0 at first). What this log's own
   * consumers have committed before the call is in it. Offsets without a record are passed over: a group that has
   * processed everything is where the partition ends.
   */
  committed(group: string, topics: readonly string[]): Promise<Position[]>;

  /**
   * Takes a shard of a group's partitions: all of them by default. Who takes it later takes over, and fences the one
   * before.
   */
  consumer(group: string, topics: readonly string[], shard?: Shard): Promise<Consumer>;

  /**
   * Joins the members of a group, which divide it into shards, `most` of them at most, so that each shard has one
   * member. Yields the shards that are this member's, at first and whenever that changes. To ask for the next is to say
   * that those no longer among them have been let go: only then does another member get them. Leaves the group, and
   * ends, when the signal aborts. CONFIG_INVALID when the others divide it into another number.
   */
  assignments(
    group: string,
    topics: readonly string[],
    most: number,
    signal: AbortSignal,
  ): AsyncIterable<readonly Shard[]>;

  /** Follows partitions from these positions on, outside of any group. */
  follow(from: readonly Position[]): Follower;

  /** Waits for appends under way, then releases everything. Consumers are closed. */
  close(): Promise<void>;
}

/**
 * One of `of` parts of the partitions of some topics. A topic and its dead letters (`<topic>.dlq`) have the same
 * partitions in a shard, so that what concerns one aggregate is in one shard.
 */
export interface Shard {
  /** 0 to `of` - 1 */
  index: number;
  of: number;
}

export const SINGLE_SHARD: Shard = { index: 0, of: 1 };

/** Takes what comes in some partitions. */
export interface Follower {
  /**
   * The next records after those polled before. Waits until there is at least one or the signal aborts (then: empty).
   * Records of one partition are in order; across partitions they come in the order of appending, in so far as the
   * log knows it, and what a record follows from comes before it or with it. CONSUMER_FENCED when a consumer learns
   * that another has taken over.
   */
  poll(limit: number, signal: AbortSignal): Promise<StoredRecord[]>;

  /**
   * For every partition, the offset before which everything is done: what a poll returned is when the next poll is
   * asked for. Who has done everything is where the partition ends.
   */
  positions(): Position[];

  close(): Promise<void>;
}

/** Holds a shard of a group; begins after the offsets that the group has committed. */
export interface Consumer extends Follower {
  /**
   * Appends the outputs and moves the group's offsets to `next` in one atomic, durable step: after a crash
   * both have happened or neither. CONSUMER_FENCED when another has taken over; nothing is written then.
   */
  commit(next: readonly Position[], outputs: readonly LogRecord[]): Promise<void>;

  /** Lets the shard go; what was polled and not committed will be polled again by whoever has it next. */
  close(): Promise<void>;
}
