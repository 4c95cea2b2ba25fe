import { partitionOf } from '../../infra/log/partition.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { partitionKey } from '../../kernel/partitions.ts';
import type { Consumer, EventLog, LogRecord, Position, StoredRecord } from '../../kernel/ports/log.ts';
import { Batch } from './batch.ts';
import { commit } from './commit.ts';
import { difference, RecordsDigest } from './compare.ts';
import { OffsetMap } from './offset-map.ts';
import { PartitionCursor } from './partition-cursor.ts';
import type { SchemaIds } from './schema-ids.ts';
import type { SourceLog } from './source-log.ts';
import { type Dictionary, schemaIdIn, translate } from './translate.ts';

/** A partition of the target, as far as it has been compared. */
class TargetPartition {
  readonly cursor: PartitionCursor;
  readonly source = new RecordsDigest();
  readonly target = new RecordsDigest();
  /** the offset after the last compared record */
  end = 0;

  constructor(log: EventLog, end: Position) {
    this.cursor = new PartitionCursor(log, end);
  }
}

/** The copied records of a target partition, and their digests as read from the source and from the target. */
export interface ComparedPartition {
  topic: string;
  partition: number;
  records: number;
  source: string;
  target: string;
}

export interface CopyOptions {
  source: SourceLog;
  target: EventLog;
  ids: SchemaIds;
  signal: AbortSignal;
  /** called with the number of compared records, every thousand */
  onProgress(compared: number): void;
}

/**
 * Copies the records of a log to another, in the order of their appends. Records that the target holds must be equal;
 * missing ones are appended and read back.
 */
export class LogCopy {
  readonly offsets = new OffsetMap();
  readonly #options: CopyOptions;
  readonly #records: AsyncGenerator<StoredRecord, void>;
  readonly #targetPartitions: ReadonlyMap<string, TargetPartition>;
  readonly #partitions: ReadonlyMap<string, number>;
  readonly #dictionary: Dictionary;
  /** the first record that the target lacks */
  #missing: StoredRecord | undefined;
  #compared = 0;

  private constructor(options: CopyOptions, ends: readonly Position[]) {
    this.#options = options;
    this.#records = options.source.records();
    this.#targetPartitions = new Map(
      ends.map((end) => [partitionKey(end), new TargetPartition(options.target, end)]),
    );
    this.#partitions = new Map(
      [...Map.groupBy(ends, ({ topic }) => topic)].map(([topic, { length }]) => [topic, length]),
    );
    this.#dictionary = {
      schemaId: (topic, id) => options.ids.of(topic, id),
      position: (source) => this.offsets.get(source),
    };
  }

  static async start(options: CopyOptions): Promise<LogCopy> {
    return new LogCopy(options, await options.target.endOffsets(options.source.topics));
  }

  /** The number of records that are in the target. */
  get compared(): number {
    return this.#compared;
  }

  get isComplete(): boolean {
    return this.#compared === this.#options.source.size;
  }

  /** Partitions of a topic in the target. */
  partitionsOf(topic: string): number {
    return this.#partitions.get(topic) ?? 0;
  }

  partitions(): ComparedPartition[] {
    return [...this.#targetPartitions].map(([key, { source, target }]) => ({
      ...partitionIn(key),
      records: target.count,
      source: source.digest,
      target: target.digest,
    }));
  }

  /** For each target partition, the offset after its last compared record. */
  endOffsets(): Position[] {
    return [...this.#targetPartitions].map(([key, { end }]) => ({ ...partitionIn(key), offset: end }));
  }

  /**
   * Compares the records of the target, up to the first one that is missing there. CONFLICT when it holds other records,
   * or records that come after a missing one.
   */
  async compare(): Promise<void> {
    for (let next = await this.#records.next(); !next.done; next = await this.#records.next()) {
      const record = next.value;
      const wanted = translate(record, this.#dictionary);
      const found = await this.#targetOf(wanted).cursor.take();
      if (!found) {
        this.#missing = record;
        break;
      }
      this.#accept(record, wanted, found);
    }
    if (this.#missing) await this.#assertNoOthers();
  }

  /** Appends the missing records. LOG_UNAVAILABLE when the target fails: the next run compares what was appended. */
  async append(writer: Consumer): Promise<void> {
    let batch = new Batch();
    for (let record: StoredRecord | undefined = this.#missing; record; record = await this.#next()) {
      if (batch.endsBefore(record)) {
        await this.#write(batch, writer);
        batch = new Batch();
      }
      batch.add(record, translate(record, this.#dictionary));
    }
    await this.#write(batch, writer);
    this.#missing = undefined;
  }

  async #next(): Promise<StoredRecord | undefined> {
    const next = await this.#records.next();
    return next.done ? undefined : next.value;
  }

  async #write({ records }: Batch, writer: Consumer): Promise<void> {
    if (records.length === 0) return;
    this.#options.signal.throwIfAborted();
    const outputs = records.map(({ wanted }) => wanted);
    await commit(writer, [], outputs);
    for (const { wanted } of records) this.#targetOf(wanted).cursor.extend();
    for (const { record, wanted } of records) {
      const found = await this.#targetOf(wanted).cursor.take();
      if (!found) throw lost(wanted);
      this.#accept(record, wanted, found);
    }
  }

  #accept(record: StoredRecord, wanted: LogRecord, found: StoredRecord): void {
    const differs = difference(found, wanted);
    if (differs !== undefined) throw conflict(found, differs);
    const id = schemaIdIn(record.value);
    const isTranslated = id !== undefined && this.#options.ids.of(record.topic, id) !== undefined;
    const side = this.#targetOf(wanted);
    side.source.add(record, isTranslated);
    side.target.add(found, isTranslated);
    side.end = found.offset + 1;
    this.offsets.set(record, found);
    this.#compared += 1;
    if (this.#compared % 1_000 > 0) return;
    this.#options.signal.throwIfAborted();
    this.#options.onProgress(this.#compared);
  }

  #targetOf({ topic, key }: LogRecord): TargetPartition {
    const partition = partitionOf(Buffer.from(key), this.partitionsOf(topic));
    return this.#targetPartitions.get(partitionKey({ topic, partition }))!;
  }

  async #assertNoOthers(): Promise<void> {
    for (const { cursor } of this.#targetPartitions.values()) {
      const found = await cursor.peek();
      if (found) {
        throw conflict(
          found,
          `it holds ${found.headers.ce_type ?? 'a record'}, and records before it are missing`,
        );
      }
    }
  }
}

function partitionIn(key: string): { topic: string; partition: number } {
  const [topic = '', partition] = key.split('/');
  return { topic, partition: Number(partition) };
}

const conflict = ({ topic, partition, offset }: Position, what: string): EpochlogError =>
  new EpochlogError(
    'CONFLICT',
    `Kafka holds other records at ${topic}/${partition}@${offset}: ${what}. The target must be empty, or hold a part ` +
      'of the same log: stop what writes to it, delete its epochlog topics, create them again with ' +
      '`epochlog topics apply` and run this command again; or name another cluster',
  );

const lost = ({ topic, key }: LogRecord): EpochlogError =>
  new EpochlogError(
    'LOG_CORRUPT',
    `Kafka has lost an acknowledged record of ${key} in ${topic}: check its brokers`,
  );
