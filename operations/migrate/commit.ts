import { EpochlogError, messageOf } from '../../kernel/errors.ts';
import type { Consumer, LogRecord, Position } from '../../kernel/ports/log.ts';

/** Commits as a consumer does. LOG_UNAVAILABLE when it is not known whether that was done: who looks again will see. */
export async function commit(
  consumer: Consumer,
  next: readonly Position[],
  outputs: readonly LogRecord[],
): Promise<void> {
  try {
    await consumer.commit(next, outputs);
  } catch (error) {
    if (!(error instanceof EpochlogError) || error.code !== 'CONSUMER_FENCED') throw error;
    const advice = 'run this command again: it goes on where it stopped';
    throw new EpochlogError('LOG_UNAVAILABLE', `${messageOf(error)}; ${advice}`, { cause: error });
  }
}
