import type { LogRecord, StoredRecord } from '../../kernel/ports/log.ts';
import { orderedLetter } from './translate.ts';

const MOST_RECORDS = 5_000;
const MOST_BYTES = 7 << 20;

/** About what a record takes beside its value. */
const RECORD_BYTES = 700;

/**
 * Records that are appended in one step. They are of one topic: across topics a log is ordered by its time alone, and
 * what is appended in one step has one time.
 */
export class Batch {
  readonly records: { record: StoredRecord; wanted: LogRecord }[] = [];
  #bytes = 0;

  /** Whether this record belongs into the next one. An order to try a dead letter again names the letter's place. */
  endsBefore(record: StoredRecord): boolean {
    const first = this.records[0];
    return (
      first !== undefined &&
      (first.record.topic !== record.topic ||
        orderedLetter(record) !== undefined ||
        this.records.length >= MOST_RECORDS ||
        this.#bytes + sizeOf(record) > MOST_BYTES)
    );
  }

  add(record: StoredRecord, wanted: LogRecord): void {
    this.records.push({ record, wanted });
    this.#bytes += sizeOf(record);
  }
}

const sizeOf = ({ value }: StoredRecord): number => value.byteLength + RECORD_BYTES;
