import { randomUUID } from 'node:crypto';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';

/** The name of a new scratch database: a prefix, when it was created, and what makes it its own. */
export const scratchName = (prefix: string): string => `${prefix}_${Date.now()}_${randomUUID().slice(0, 8)}`;

const SCRATCH = /^(?<prefix>epochlog\w*)_(?<createdAt>\d{13})_[0-9a-f]{8}$/;

interface Scratch {
  prefix: string;
  /** milliseconds since 1970 */
  createdAt: number;
}

/** Drops the scratch databases that are left behind, since their owner was killed. */
export async function dropScratches(
  warehouse: Warehouse,
  isLeftBehind: (scratch: Scratch) => boolean,
): Promise<void> {
  for (const { name } of await warehouse.query<{ name: string }>('SELECT name FROM system.databases')) {
    const { prefix = '', createdAt } = SCRATCH.exec(name)?.groups ?? {};
    if (createdAt === undefined || name === warehouse.database) continue;
    if (isLeftBehind({ prefix, createdAt: Number(createdAt) })) {
      await warehouse.command(`DROP DATABASE IF EXISTS ${name} SYNC`);
    }
  }
}
