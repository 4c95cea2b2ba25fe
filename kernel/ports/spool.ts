import type { LogRecord } from './log.ts';

/** Keeps records on the disk of this machine until the log has taken them. */
export interface Spool {
  /**
   * Resolves once the records survive kill -9. The log takes them later, in this order, each once. SPOOL_FULL while the log
   * does not take as many as come, DISK_FULL.
   */
  append(records: readonly LogRecord[]): Promise<void>;
  /** whether the log has taken everything */
  readonly isEmpty: boolean;
  /** Waits a little for the log to take what is there; what is left then is for the next start. */
  close(): Promise<void>;
}
