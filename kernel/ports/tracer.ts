import type { EpochlogError } from '../errors.ts';
import type { LogRecord, Position, StoredRecord } from './log.ts';

/** The span of a step in progress. */
export interface Span {
  /** events appended, or to be appended with the commit */
  emitted(events: number): void;
  /** failed with a retriable error, and is retried after a wait */
  retried(error: EpochlogError, waitMs: number): void;
  /** failed for good: the record becomes a dead letter */
  deadLettered(error: EpochlogError): void;
}

/** Records that are processed together. */
export interface TracedBatch {
  /** all of a small batch, the first of a large one */
  readonly records: readonly StoredRecord[];
  readonly count: number;
}

/**
 * Traces events through the services. Each call runs the step, and returns or throws what it does. The span ids are
 * those in the records' `traceparent` (kernel/trace-context.ts).
 */
export interface Tracer {
  /** A service's reaction to one record. */
  reaction<T>(service: string, record: StoredRecord, step: (span: Span) => Promise<T>): Promise<T>;
  /** A service's step on a batch of records. */
  batch<T>(service: string, batch: TracedBatch, step: (span: Span) => Promise<T>): Promise<T>;
  /** Records from outside, appended by `source`. */
  publication(
    source: string,
    records: readonly LogRecord[],
    append: () => Promise<Position[]>,
  ): Promise<Position[]>;
}

/** Records nothing. */
export const NO_SPAN: Span = { emitted() {}, retried() {}, deadLettered() {} };

/** Traces nothing. */
export const NO_TRACER: Tracer = {
  reaction: (_service, _record, step) => step(NO_SPAN),
  batch: (_service, _batch, step) => step(NO_SPAN),
  publication: (_source, _records, append) => append(),
};
