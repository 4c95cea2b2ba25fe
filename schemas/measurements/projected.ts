import { EpochlogError } from '../../kernel/errors.ts';
import type { Position } from '../../kernel/ports/log.ts';
import type { ServiceContext } from '../catalogue.ts';

const TIMEOUT_MS = 60_000;
/** Kafka's transaction markers take offsets too: the last event is not always at the end */
const MARKERS = 16;

/** Resolves when all events before the ends are in every projection. WAREHOUSE_UNAVAILABLE after a minute. */
export async function projected(
  ends: readonly Position[],
  { events, warehouse, signal }: Pick<ServiceContext, 'events' | 'warehouse' | 'signal'>,
  cancelled: AbortSignal,
): Promise<void> {
  const last = await Promise.all(
    ends.map(async (end) => {
      const from = { ...end, offset: Math.max(0, end.offset - MARKERS) };
      return (await Array.fromAsync(events.range(from, end.offset))).at(-1);
    }),
  );
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    await warehouse.waitFor(
      last.filter((record) => record !== undefined),
      AbortSignal.any([timeout, signal, cancelled]),
    );
  } catch (error) {
    if (!timeout.aborted) throw error;
    throw new EpochlogError(
      'WAREHOUSE_UNAVAILABLE',
      `after ${TIMEOUT_MS / 1000} s the projector has not written all events of ${ends.map(({ topic }) => topic).join(', ')}`,
      { cause: error },
    );
  }
}
