import type { EpochlogError } from '../errors.ts';
import type { LogRecord, Position, StoredRecord } from './log.ts';

/** What a reaction tells of itself while it lasts. */
export interface Span {
  /** it has written so many events, or will with its commit */
  emitted(events: number): void;
  /** it failed with an error that passes by itself, and is tried again after a wait */
  retried(error: EpochlogError, waitMs: number): void;
  /** it can never pass: the record goes to the dead letters */
  setAside(error: EpochlogError): void;
}

/**
 * Follows events through the services. Each call runs the step, whatever becomes of the trace, and returns or throws
 * what it does. The spans are those that the records' `traceparent` names (kernel/trace-context.ts).
 */
export interface Tracer {
  /** A service's reaction to one record. */
  reaction<T>(service: string, record: StoredRecord, step: (span: Span) => Promise<T>): Promise<T>;
  /** A service's work on many records at once. */
  batch<T>(service: string, records: readonly StoredRecord[], step: (span: Span) => Promise<T>): Promise<T>;
  /** Records that come from outside, appended by `source`. */
  publication(
    source: string,
    records: readonly LogRecord[],
    append: () => Promise<Position[]>,
  ): Promise<Position[]>;
}

/** Tells nobody. */
export const NO_SPAN: Span = { emitted() {}, retried() {}, setAside() {} };

/** Traces nothing. */
export const NO_TRACER: Tracer = {
  reaction: (_service, _record, step) => step(NO_SPAN),
  batch: (_service, _records, step) => step(NO_SPAN),
  publication: (_source, _records, append) => append(),
};
