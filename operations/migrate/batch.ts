import type { LogRecord, StoredRecord } from '../../kernel/ports/log.ts';
import { retriedLetter } from './translate.ts';

const MAX_RECORDS = 5_000;
const MAX_BYTES = 7 << 20;

/** Estimated size of key, headers and framing. */
const RECORD_BYTES = 700;

/**
 * Records that are appended in one transaction. They are of one topic: across topics a log is ordered by timestamps
 * alone, and the records of one transaction share one.
 */
export class Batch {
  readonly records: { record: StoredRecord; wanted: LogRecord }[] = [];
  #bytes = 0;

  /** Whether this record starts the next batch. A retry order names the position of its dead letter, so it does. */
  endsBefore(record: StoredRecord): boolean {
    const first = this.records[0];
    return (
      first !== undefined &&
      (first.record.topic !== record.topic ||
        retriedLetter(record) !== undefined ||
        this.records.length >= MAX_RECORDS ||
        this.#bytes + sizeOf(record) > MAX_BYTES)
    );
  }

  add(record: StoredRecord, wanted: LogRecord): void {
    this.records.push({ record, wanted });
    this.#bytes += sizeOf(record);
  }
}

const sizeOf = ({ value }: StoredRecord): number => value.byteLength + RECORD_BYTES;
