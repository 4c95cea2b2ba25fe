import { EpochlogError, messageOf } from '../../kernel/errors.ts';
import type { Consumer, LogRecord, Position } from '../../kernel/ports/log.ts';

/** Commits offsets and outputs. LOG_UNAVAILABLE when the outcome is unknown: the next run finds it out. */
export async function commit(
  consumer: Consumer,
  next: readonly Position[],
  outputs: readonly LogRecord[],
): Promise<void> {
  try {
    await consumer.commit(next, outputs);
  } catch (error) {
    if (!(error instanceof EpochlogError) || error.code !== 'CONSUMER_FENCED') throw error;
    const advice = 'run this command again: it resumes where it stopped';
    throw new EpochlogError('LOG_UNAVAILABLE', `${messageOf(error)}; ${advice}`, { cause: error });
  }
}
