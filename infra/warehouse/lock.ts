import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { EpochlogError } from '../../kernel/errors.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';

/** Who has the lock, says so again before this time is over; else others may take it. */
const HELD_S = 60;
const RENEWED_MS = 15_000;
/** After this time without a renewal nothing more may be done under the lock. */
const SURE_MS = 45_000;
const LOOK_MS = 500;

const TABLE = `
  CREATE TABLE IF NOT EXISTS migration_lock
  (number UInt64, holder String, released Bool, at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC'))
  ENGINE = MergeTree ORDER BY (number, at) SETTINGS non_replicated_deduplication_window = 1000`;

const LAST = `
  SELECT number, any(holder) AS holder, NOT max(released) AND max(at) > now64(6) - INTERVAL ${HELD_S} SECOND AS held
  FROM migration_lock GROUP BY number ORDER BY number DESC LIMIT 1
  SETTINGS select_sequential_consistency = 1`;

interface Turn {
  number: number;
  holder: string;
  held: boolean;
}

/**
 * Does something while no other process does it in the same database, and waits for its turn before. Turns are
 * numbered, and a number is the deduplication token of who takes it, so that the first of several gets it.
 * `assertHeld` is called before each step: it throws WAREHOUSE_UNAVAILABLE when this process was held up for so long
 * that others may have gone on.
 */
export async function withLock<T>(
  warehouse: Warehouse,
  work: (assertHeld: () => void) => Promise<T>,
): Promise<T> {
  await warehouse.command(TABLE);
  const holder = `${hostname()}/${process.pid}/${randomUUID()}`;
  const number = await takeTurn(warehouse, holder);
  let renewedAt = performance.now();
  const renew = async (): Promise<void> => {
    const at = performance.now();
    await warehouse.insert('migration_lock', [{ number, holder, released: false }], randomUUID());
    renewedAt = at;
  };
  const timer = setInterval(() => renew().catch(() => {}), RENEWED_MS); // assertHeld tells when it fails for long
  try {
    return await work(() => {
      if (performance.now() - renewedAt < SURE_MS) return;
      const message = 'the migrations were held up, and another process may apply them now: try again';
      throw new EpochlogError('WAREHOUSE_UNAVAILABLE', message);
    });
  } finally {
    clearInterval(timer);
    await warehouse
      .insert('migration_lock', [{ number, holder, released: true }], randomUUID())
      .catch(() => {}); // it runs out by itself
  }
}

async function takeTurn(warehouse: Warehouse, holder: string): Promise<number> {
  for (;;) {
    const last = await lastTurn(warehouse);
    if (!last.held) {
      const number = last.number + 1;
      const row = { number, holder, released: false };
      await warehouse.insert('migration_lock', [row], String(number), { inSequence: true });
      const now = await lastTurn(warehouse);
      if (now.number === number && now.holder === holder) return number;
    }
    await sleep(LOOK_MS);
  }
}

const lastTurn = async (warehouse: Warehouse): Promise<Turn> =>
  (await warehouse.query<Turn>(LAST))[0] ?? { number: 0, holder: '', held: false };
