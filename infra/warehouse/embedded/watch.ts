import type { Warehouse } from '../../../kernel/ports/warehouse.ts';

/** The interval of looks, and the number of consecutive ones without an answer that is tolerated. */
export interface Watching {
  everyMs: number;
  misses: number;
}

/** ClickHouse looks at the time limit between blocks of rows only. A query that overruns it by so long does not stop soon. */
const OVERRUN_S = 2;

const OVERRUNS = `
  SELECT count() AS n FROM system.processes
  WHERE user = 'analyst' AND elapsed > toFloat64OrZero(Settings['max_execution_time']) + ${OVERRUN_S}`;

/**
 * Looks at the engine periodically, and calls `onFault` with what is wrong after too many consecutive looks without an
 * answer, or when a query of a user does not stop at its time limit. It counts looks, not time, so that a suspended
 * machine has missed none. Returns a function that stops it.
 */
export function watch(
  warehouse: Warehouse,
  { everyMs, misses }: Watching,
  onFault: (fault: string) => void,
): () => void {
  let missed = 0;
  let isPending = false;
  const look = async () => {
    isPending = true;
    try {
      const [row] = await warehouse.query<{ n: number }>(OVERRUNS);
      missed = 0;
      if (row && row.n > 0) fail('a query of a user does not stop at its time limit');
    } catch {
      // a miss
    } finally {
      isPending = false;
    }
  };
  const end = () => clearInterval(timer);
  const fail = (fault: string) => {
    end();
    onFault(fault);
  };
  const timer = setInterval(() => {
    missed += 1;
    if (missed > misses) fail('it does not answer');
    else if (!isPending) void look();
  }, everyMs).unref();
  return end;
}
