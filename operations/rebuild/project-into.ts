import { setTimeout as sleep } from 'node:timers/promises';
import { decodable } from '../../kernel/codec.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { PartitionMap, positionKey } from '../../kernel/partitions.ts';
import type { Position } from '../../kernel/ports/log.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { readPartition } from '../../kernel/reader.ts';
import { MAX_INSERT_BYTES, sizeOf } from '../../kernel/record-size.ts';
import { EventRows, readStreamTables } from '../../kernel/rows/events.ts';
import { loadSchemas } from '../../schemas/load.ts';
import type { Store } from '../session.ts';

const BATCH = 20_000;
/** A warehouse may be out of memory for some seconds, while it merges parts. */
const ATTEMPTS = 8;
const INITIAL_PAUSE_MS = 200;

/**
 * Projects the events of each partition before `upTo`, from the offset in `from` on (else the first), into a warehouse
 * that has the projections and no other writer. Undecodable records are skipped: they are dead letters.
 */
export async function projectInto(
  warehouse: Warehouse,
  { log, codec }: Pick<Store, 'log' | 'codec'>,
  upTo: readonly Position[],
  from: readonly Position[] = [],
): Promise<void> {
  const tables = await readStreamTables(warehouse, loadSchemas());
  let rows = new EventRows(tables);
  let [count, bytes, token] = [0, 0, ''];
  const flush = async () => {
    if (count > 0) await untilAvailable(() => rows.insert(warehouse, token));
    rows = new EventRows(tables);
    [count, bytes] = [0, 0];
  };
  const starts = new PartitionMap<number>();
  for (const start of from) starts.set(start, start.offset);
  for (const end of upTo) {
    for await (const record of readPartition(log, { ...end, offset: starts.get(end) ?? 0 }, end.offset)) {
      const events = await decodable(record, codec);
      if (!events) continue;
      if (count >= BATCH || bytes + sizeOf(record) > MAX_INSERT_BYTES) await flush();
      if (count === 0) token = positionKey(record);
      for (const event of events) rows.add(event);
      count += events.length;
      bytes += sizeOf(record);
    }
  }
  await flush();
}

/** The result of a step; retriable errors are retried with backoff for half a minute. */
export async function untilAvailable<T>(step: () => Promise<T>): Promise<T> {
  for (let attempt = 1, pause = INITIAL_PAUSE_MS; ; attempt++, pause *= 2) {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof EpochlogError) || !error.retriable || attempt === ATTEMPTS) throw error;
      await sleep(pause);
    }
  }
}
