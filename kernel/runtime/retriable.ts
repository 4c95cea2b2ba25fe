import { EpochlogError } from '../errors.ts';

/**
 * Whether a step that failed so is tried again where it stands. Whoever has lost its shard begins again from the log; a
 * full disk is waited for only by services that run until they are stopped: a command has to say so, and end.
 */
export function isTriedAgain(
  error: unknown,
  { waitsForRoom }: { waitsForRoom: boolean },
): error is EpochlogError {
  if (!(error instanceof EpochlogError) || !error.retriable || error.code === 'CONSUMER_FENCED') return false;
  return waitsForRoom || error.code !== 'DISK_FULL';
}
