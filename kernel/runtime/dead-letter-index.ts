import { type Codec, eventIdsOf } from '../codec.ts';
import { attemptKey, attemptOf, isUndecoded, originalOf, redriveOf } from '../dead-letters/record.ts';
import type { EventLog, Position, StoredRecord } from '../ports/log.ts';
import { readPartition } from '../reader.ts';

/** The dead letters of a shard, as far as restoring its state needs them. */
export class DeadLetterIndex {
  /** the last failed attempt at each event whose reaction may be repeated, by event id */
  readonly #attempts = new Map<string, number>();
  readonly #codec: Codec;

  /** keys of the attempts that failed to decode */
  readonly #undecoded = new Set<string>();

  /** Reads dead-letter partitions up to `ends`; redrive records before the committed offset have been processed. */
  static async read(
    service: string,
    ends: readonly Position[],
    committedOffset: (position: Position) => number,
    log: EventLog,
    codec: Codec,
  ): Promise<DeadLetterIndex> {
    const index = new DeadLetterIndex(codec);
    for (const end of ends) {
      for await (const record of readPartition(log, { ...end, offset: 0 }, end.offset)) {
        if (record.headers.dlq_service !== service) continue;
        if (redriveOf(record, service) === undefined) index.#add(record);
        else if (record.offset < committedOffset(record)) index.#redriven(record);
      }
    }
    return index;
  }

  private constructor(codec: Codec) {
    this.#codec = codec;
  }

  /** Ids of the events whose reaction may be repeated: what a failed attempt has emitted is not emitted again. */
  get causes(): Iterable<string> {
    return this.#attempts.keys();
  }

  /** Whether the first attempt at a record failed to decode it. */
  isUndecoded(record: StoredRecord): boolean {
    return this.#undecoded.has(attemptKey(record, 1));
  }

  /** Whether a record that could not be decoded before was decoded when this redrive record was processed. */
  wasDecodedBy(redrive: StoredRecord): boolean {
    const next = attemptKey(originalOf(redrive), attemptOf(redrive) + 1);
    return isUndecoded(redrive) && !this.#undecoded.has(next);
  }

  #add(deadLetter: StoredRecord): void {
    const attempt = attemptOf(deadLetter);
    for (const id of eventIdsOf(deadLetter, this.#codec)) this.#attempts.set(id, attempt);
    if (isUndecoded(deadLetter)) this.#undecoded.add(attemptKey(originalOf(deadLetter), attempt));
  }

  /** If the attempt failed again, its new dead letter follows. */
  #redriven(redrive: StoredRecord): void {
    for (const id of eventIdsOf(redrive, this.#codec))
      if (this.#attempts.get(id) === attemptOf(redrive)) this.#attempts.delete(id);
  }
}
