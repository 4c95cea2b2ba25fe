import { EpochlogError } from '../kernel/errors.ts';
import type { Warehouse } from '../kernel/ports/warehouse.ts';
import { isUnavailable } from './exit.ts';

/** how often a command that waits asks whether the warehouse answers */
const ASK_INTERVAL_MS = 1_000;
/** its process starts it again within seconds: what takes longer needs a person */
const PATIENCE_MS = 60_000;

/**
 * For a command that waits until services have caught up, which they never do without the warehouse. Each call asks whether
 * the warehouse answers, once a second at most; WAREHOUSE_UNAVAILABLE when it has not answered for a minute.
 *
 * @param now milliseconds of a clock that only goes forward
 */
export function warehouseWatch(
  warehouse: Pick<Warehouse, 'ping'>,
  now: () => number = () => performance.now(),
): () => Promise<void> {
  let asked = Number.NEGATIVE_INFINITY;
  let silentSince: number | undefined;
  return async () => {
    if (now() - asked < ASK_INTERVAL_MS) return;
    asked = now();
    try {
      await warehouse.ping();
      silentSince = undefined;
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      silentSince ??= asked;
      if (now() - silentSince < PATIENCE_MS) return;
      throw new EpochlogError(
        error.code,
        `the services wait for the warehouse, which has not answered for ${PATIENCE_MS / 1_000} s (${error.message}): ` +
          'look at what their process logs, restart it, and run this command again; the log keeps what was asked for',
        { cause: error },
      );
    }
  };
}
