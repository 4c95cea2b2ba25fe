import { EpochlogError } from '../errors.ts';
import type { Span } from '../ports/tracer.ts';
import type { ServiceContext } from '../service.ts';

const INITIAL_RETRY_MS = 50;
const MAX_RETRY_MS = 10_000;

export interface RetryOptions {
  service: string;
  context: ServiceContext;
  /** whether DISK_FULL is retried; a command has to report it and end */
  waitsForDiskSpace: boolean;
}

/** Runs a step until it succeeds, its error is not retriable, or the service stops; waits twice as long each time. */
export async function retrying<T>(
  step: () => Promise<T>,
  { service, context, waitsForDiskSpace }: RetryOptions,
  span?: Span,
): Promise<T> {
  const { clock, logger, telemetry, signal } = context;
  for (let waitMs = INITIAL_RETRY_MS; ; waitMs = Math.min(waitMs * 2, MAX_RETRY_MS)) {
    try {
      return await step();
    } catch (error) {
      if (!isRetried(error, waitsForDiskSpace) || signal.aborted) throw error;
      const { code } = error;
      logger.warn({ service, code, waitMs }, `${error.message}; retrying`);
      telemetry.count('retries', { service, code });
      span?.retried(error, waitMs);
      await clock.sleep(waitMs, signal);
    }
  }
}

/** A fenced consumer is not retried in place: its shard restarts from the log. */
function isRetried(error: unknown, waitsForDiskSpace: boolean): error is EpochlogError {
  if (!(error instanceof EpochlogError) || !error.retriable || error.code === 'CONSUMER_FENCED') return false;
  return waitsForDiskSpace || error.code !== 'DISK_FULL';
}
