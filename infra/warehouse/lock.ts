import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { EpochlogError } from '../../kernel/errors.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';

/** The holder renews its lock within this time, else others may take it. */
const HELD_S = 60;
const RENEWED_MS = 15_000;
/** After this time without a renewal the holder must stop. */
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
 * Runs an action under a lock of the database, after waiting for it. Locks are numbered, and the number is the
 * deduplication token of the insert that takes the lock, so that the first of concurrent attempts wins. Call `assertHeld`
 * before each step: it throws WAREHOUSE_UNAVAILABLE when this process was paused so long that the lock may have expired.
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
  const timer = setInterval(() => renew().catch(() => {}), RENEWED_MS); // assertHeld throws when it keeps failing
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
      .catch(() => {}); // it expires
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
