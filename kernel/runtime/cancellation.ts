import { EpochlogError } from '../errors.ts';
import type { LoggedEvent } from '../event.ts';
import type { Service, ServiceContext } from '../service.ts';

/** while the log is unreachable, no cancellation can be appended either */
const RECONNECT_MS = 1_000;

/**
 * Runs a reaction with a signal that aborts when a later event of the same aggregate cancels it. The partition is read
 * from the event on, so that a reaction that is repeated after a crash is cancelled too.
 */
export async function cancellable<T>(
  event: LoggedEvent,
  { cancelledBy = [] }: Service,
  { events, clock }: Pick<ServiceContext, 'events' | 'clock'>,
  reaction: (cancelled: AbortSignal) => Promise<T>,
): Promise<T> {
  const cancelled = new AbortController();
  if (cancelledBy.length === 0) return reaction(cancelled.signal);
  const types = new Set<string>(cancelledBy);
  const { topic, partition, offset, subject } = event;
  const ended = new AbortController();
  const watch = async () => {
    for await (const record of events.follow([{ topic, partition, offset: offset + 1 }], ended.signal)) {
      const type = record.headers.ce_type ?? '';
      if (record.key !== subject || !types.has(type)) continue;
      cancelled.abort(
        new EpochlogError('CANCELLED', `${type} of ${subject} cancels the reaction to ${event.type}`),
      );
      return;
    }
  };
  const watching = (async () => {
    while (!ended.signal.aborted && !cancelled.signal.aborted)
      await watch().catch(() => clock.sleep(RECONNECT_MS, ended.signal).catch(() => {}));
  })();
  try {
    return await reaction(cancelled.signal);
  } finally {
    ended.abort();
    await watching;
  }
}
