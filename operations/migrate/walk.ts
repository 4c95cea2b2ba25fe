import { partitionOf } from '../../infra/log/partition.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { partitionKey } from '../../kernel/partitions.ts';
import type { Consumer, EventLog, LogRecord, Position, StoredRecord } from '../../kernel/ports/log.ts';
import { Batch } from './batch.ts';
import { commit } from './commit.ts';
import { Chain, difference } from './compare.ts';
import { Places } from './offset-map.ts';
import { Reading } from './partition-cursor.ts';
import type { SchemaIds } from './schema-ids.ts';
import type { Snapshot } from './source-log.ts';
import { type Dictionary, schemaIdIn, translate } from './translate.ts';

/** A partition of the target, as far as it has been compared. */
class Side {
  readonly reading: Reading;
  readonly source = new Chain();
  readonly target = new Chain();
  /** after the last record compared */
  end = 0;

  constructor(log: EventLog, end: Position) {
    this.reading = new Reading(log, end);
  }
}

/** What a partition of the target holds of the records, and their digests as they were read from either log. */
export interface ComparedPartition {
  topic: string;
  partition: number;
  records: number;
  source: string;
  target: string;
}

export interface WalkOptions {
  snapshot: Snapshot;
  target: EventLog;
  ids: SchemaIds;
  signal: AbortSignal;
  /** told, now and then, how many records have been compared */
  onProgress(compared: number): void;
}

/**
 * Goes through the records of a log, in the order in which it took them, beside those of another log: what is there
 * must be the same, record by record; what is missing is appended, and read back at once.
 */
export class Walk {
  readonly places = new Places();
  readonly #options: WalkOptions;
  readonly #records: AsyncGenerator<StoredRecord, void>;
  readonly #sides: ReadonlyMap<string, Side>;
  readonly #partitions: ReadonlyMap<string, number>;
  readonly #dictionary: Dictionary;
  /** the first record that the target lacks */
  #missing: StoredRecord | undefined;
  #compared = 0;

  private constructor(options: WalkOptions, ends: readonly Position[]) {
    this.#options = options;
    this.#records = options.snapshot.records();
    this.#sides = new Map(ends.map((end) => [partitionKey(end), new Side(options.target, end)]));
    this.#partitions = new Map(
      [...Map.groupBy(ends, ({ topic }) => topic)].map(([topic, { length }]) => [topic, length]),
    );
    this.#dictionary = {
      schemaId: (topic, id) => options.ids.of(topic, id),
      place: (position) => this.places.of(position),
    };
  }

  static async begin(options: WalkOptions): Promise<Walk> {
    return new Walk(options, await options.target.endOffsets(options.snapshot.topics));
  }

  /** How many records are there. */
  get compared(): number {
    return this.#compared;
  }

  get isComplete(): boolean {
    return this.#compared === this.#options.snapshot.size;
  }

  /** Partitions of a topic in the target. */
  partitionsOf(topic: string): number {
    return this.#partitions.get(topic) ?? 0;
  }

  partitions(): ComparedPartition[] {
    return [...this.#sides].map(([key, { source, target }]) => ({
      ...partitionIn(key),
      records: target.count,
      source: source.digest,
      target: target.digest,
    }));
  }

  /** Where each partition of the target ends, as far as it has been compared. */
  endOffsets(): Position[] {
    return [...this.#sides].map(([key, { end }]) => ({ ...partitionIn(key), offset: end }));
  }

  /**
   * Compares what the target has, up to the first record that it lacks. CONFLICT when it has others: in their places, or
   * where some are missing.
   */
  async recognise(): Promise<void> {
    for (let next = await this.#records.next(); !next.done; next = await this.#records.next()) {
      const record = next.value;
      const wanted = translate(record, this.#dictionary);
      const found = await this.#sideOf(wanted).reading.take();
      if (!found) {
        this.#missing = record;
        break;
      }
      this.#accept(record, wanted, found);
    }
    if (this.#missing) await this.#assertNothingElse();
  }

  /** Appends what is missing. LOG_UNAVAILABLE when the target fails: what it has then, another walk recognises. */
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
    for (const { wanted } of records) this.#sideOf(wanted).reading.goOn();
    for (const { record, wanted } of records) {
      const found = await this.#sideOf(wanted).reading.take();
      if (!found) throw lost(wanted);
      this.#accept(record, wanted, found);
    }
  }

  #accept(record: StoredRecord, wanted: LogRecord, found: StoredRecord): void {
    const differs = difference(found, wanted);
    if (differs !== undefined) throw conflict(found, differs);
    const id = schemaIdIn(record.value);
    const isTranslated = id !== undefined && this.#options.ids.of(record.topic, id) !== undefined;
    const side = this.#sideOf(wanted);
    side.source.add(record, isTranslated);
    side.target.add(found, isTranslated);
    side.end = found.offset + 1;
    this.places.note(record, found);
    this.#compared += 1;
    if (this.#compared % 1_000 > 0) return;
    this.#options.signal.throwIfAborted();
    this.#options.onProgress(this.#compared);
  }

  #sideOf({ topic, key }: LogRecord): Side {
    const partition = partitionOf(Buffer.from(key), this.partitionsOf(topic));
    return this.#sides.get(partitionKey({ topic, partition }))!;
  }

  async #assertNothingElse(): Promise<void> {
    for (const { reading } of this.#sides.values()) {
      const found = await reading.peek();
      if (found) {
        throw conflict(found, `there is ${found.headers.ce_type ?? 'a record'} that belongs behind others`);
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
    `Kafka holds something else at ${topic}/${partition}@${offset}: ${what}. Only an empty log, or the same one ` +
      'in part, can be gone on with: stop what writes to it, delete its epochlog topics, make them anew with ' +
      '`epochlog topics apply` and run this command again; or name another cluster',
  );

const lost = ({ topic, key }: LogRecord): EpochlogError =>
  new EpochlogError(
    'LOG_CORRUPT',
    `Kafka does not hold a record of ${key} in ${topic} that it has acknowledged: check its brokers`,
  );
