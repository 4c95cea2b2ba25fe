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
  ends(topics: readonly string[]): Promise<Position[]>;

  /**
   * For every partition of the topics, the next offset that the group will process (0 at first). Offsets without a
   * record are passed over: a group that has processed everything is where the partition ends.
   */
  committed(group: string, topics: readonly string[]): Promise<Position[]>;

  /** Joins a group. A member that joins later takes over, and fences the one before it. */
  consumer(group: string, topics: readonly string[]): Promise<Consumer>;

  /** Waits for appends under way, then releases everything. Consumers are closed. */
  close(): Promise<void>;
}

export interface Consumer {
  /**
   * The next records after those polled before (at first: after the committed offsets). Waits until there is
   * at least one or the signal aborts (then: empty). Records of one partition are in order; where the log
   * knows the order of appending across partitions, they follow it. CONSUMER_FENCED when it shows that another
   * member has taken over.
   */
  poll(limit: number, signal: AbortSignal): Promise<StoredRecord[]>;

  /**
   * Appends the outputs and moves the group's offsets to `next` in one atomic, durable step: after a crash
   * both have happened or neither. CONSUMER_FENCED when another member has taken over; nothing is written then.
   */
  commit(next: readonly Position[], outputs: readonly LogRecord[]): Promise<void>;

  /** Leaves the group; what was polled and not committed will be polled again by the next member. */
  close(): Promise<void>;
}
