import { EpochlogError } from '../../kernel/errors.ts';
import type { Event } from '../../kernel/event.ts';
import { rowOf } from '../../kernel/event-row.ts';
import type { Position, StoredRecord } from '../../kernel/ports/log.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import type { EventReader } from '../../kernel/reader.ts';
import { MAX_INSERT_BYTES, sizeOf } from '../../kernel/record-size.ts';
import type { Range } from './ranges.ts';

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

/** A block that is being read. */
interface Filling {
  events: Event[];
  leftOut: Position[];
}

/** What the log has in these ranges. Those of a batch have nothing that was left out, as whoever polled them had it. */
export async function readBlock(reader: EventReader, ranges: readonly Range[]): Promise<Block> {
  const block: Filling = { events: [], leftOut: [] };
  for (const range of ranges)
    for await (const record of recordsOf(reader, range)) await take(record, reader, block);
  return block;
}

/** What the log has in a range, in blocks of `most` events at most that one insert can hold. */
export async function* readBlocks(reader: EventReader, range: Range, most: number): AsyncGenerator<Block> {
  let block: Filling = { events: [], leftOut: [] };
  let bytes = 0;
  for await (const record of recordsOf(reader, range)) {
    if (block.events.length >= most || bytes + sizeOf(record) > MAX_INSERT_BYTES) {
      yield block;
      block = { events: [], leftOut: [] };
      bytes = 0;
    }
    await take(record, reader, block);
    bytes += sizeOf(record);
  }
  yield block;
}

const recordsOf = (reader: EventReader, { topic, partition, first, last }: Range) =>
  reader.range({ topic, partition, offset: first }, last + 1);

async function take(record: StoredRecord, reader: EventReader, { events, leftOut }: Filling): Promise<void> {
  const event = await reader.decode(record).catch(undefinedIfUndecodable);
  const { topic, partition, offset } = record;
  if (event) events.push(event);
  else leftOut.push({ topic, partition, offset });
}

function undefinedIfUndecodable(error: unknown): undefined {
  if (!(error instanceof EpochlogError) || error.retriable) throw error;
}
