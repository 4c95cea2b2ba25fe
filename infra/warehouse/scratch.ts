import { randomUUID } from 'node:crypto';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';

/** A unique name of a scratch database: prefix, time of creation, random suffix. */
export const scratchName = (prefix: string): string => `${prefix}_${Date.now()}_${randomUUID().slice(0, 8)}`;

const SCRATCH = /^(?<prefix>epochlog\w*)_(?<createdAt>\d{13})_[0-9a-f]{8}$/;

interface Scratch {
  prefix: string;
  /** milliseconds since 1970 */
  createdAt: number;
}

/** Drops the scratch databases of owners that were killed. */
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
