import { EpochlogError } from '../../kernel/errors.ts';
import type { Event } from '../../kernel/event.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import type { EventReader } from '../../kernel/reader.ts';
import type { Range } from './ranges.ts';
import { rowOf } from './rows.ts';

const PAGE = 1_000;

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

/** The events of a batch, as whoever polled them had them. */
export async function readBlock(events: EventReader, ranges: readonly Range[]): Promise<Event[]> {
  const found: Event[] = [];
  for (const { topic, partition, first, last } of ranges) {
    for (let offset = first; offset <= last; ) {
      const page = await events.page({ topic, partition, offset }, Math.min(PAGE, last - offset + 1));
      if (page.length === 0) break;
      for (const record of page) {
        if (record.offset <= last) found.push(...(await events.decode(record).then(one, noneIfUndecodable)));
      }
      offset = page[page.length - 1]!.offset + 1;
    }
  }
  return found;
}

const one = (event: Event): Event[] => [event];

/** A record that cannot be decoded went to the dead letters and was never in a batch. */
function noneIfUndecodable(error: unknown): Event[] {
  if (error instanceof EpochlogError && !error.retriable) return [];
  throw error;
}
