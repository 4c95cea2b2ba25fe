import { EpochlogError } from '../../kernel/errors.ts';
import type { Event } from '../../kernel/event.ts';
import type { Position } from '../../kernel/ports/log.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import type { EventReader } from '../../kernel/reader.ts';
import type { Range } from './ranges.ts';
import { rowOf } from './rows.ts';

/** Writes a batch, from which all projections follow. The same events with the same token are there once. */
export const insertBlock = (
  warehouse: Warehouse,
  events: readonly Event[],
  token: string,
  until: number,
): Promise<void> =>
  warehouse.insert(
    'events',
    events.map((event) => ({ ...rowOf(event), insert_until: until })),
    token,
  );

/** Events, and the records among them that nobody could decode: those went to the dead letters. */
export interface Block {
  events: readonly Event[];
  leftOut: readonly Position[];
}

/** What the log has in these ranges. Those of a batch have nothing that was left out, as whoever polled them had it. */
export async function readBlock(reader: EventReader, ranges: readonly Range[]): Promise<Block> {
  const events: Event[] = [];
  const leftOut: Position[] = [];
  for (const { topic, partition, first, last } of ranges) {
    for await (const record of reader.range({ topic, partition, offset: first }, last + 1)) {
      const event = await reader.decode(record).catch(undefinedIfUndecodable);
      if (event) events.push(event);
      else leftOut.push({ topic, partition, offset: record.offset });
    }
  }
  return { events, leftOut };
}

function undefinedIfUndecodable(error: unknown): undefined {
  if (!(error instanceof EpochlogError) || error.retriable) throw error;
}
