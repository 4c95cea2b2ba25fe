import type { LogRecord } from './ports/log.ts';

/**
 * Bytes of the records that become the rows of one insert: a warehouse holds several copies of a block while the
 * projections take it in.
 */
export const MAX_INSERT_BYTES = 8 << 20;

/** Bytes of a record, about: the key stands in its headers, its data and its row as well. */
export const sizeOf = ({ key, value }: Pick<LogRecord, 'key' | 'value'>): number =>
  value.byteLength + 2 * key.length;

/** Records in runs of `maxBytes` at most, in their order; a record that is larger is a run by itself. */
export function* inRuns<T extends Pick<LogRecord, 'key' | 'value'>>(
  records: readonly T[],
  maxBytes: number = MAX_INSERT_BYTES,
): Generator<T[]> {
  let run: T[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = sizeOf(record);
    if (run.length > 0 && bytes + size > maxBytes) {
      yield run;
      run = [];
      bytes = 0;
    }
    run.push(record);
    bytes += size;
  }
  if (run.length > 0) yield run;
}
