import { decodable } from '../../kernel/codec.ts';
import type { Position } from '../../kernel/ports/log.ts';
import { EventRows, type StreamTables } from '../../kernel/rows/events.ts';
import type { RowMemory } from '../../kernel/rows/row-writer.ts';
import type { EventReader, LoggedEvent } from '../../schemas/catalogue.ts';
import type { Range } from './ranges.ts';

/** Events that one insert writes: their positions, those of the undecodable records among them, and their rows. */
export class Block {
  readonly events: Position[] = [];
  readonly skipped: Position[] = [];
  readonly rows: EventRows;
  /** whether a request of which nothing is known may still send the rows */
  mayBeSent = false;

  constructor(tables: StreamTables, memory: RowMemory) {
    this.rows = new EventRows(tables, memory);
  }

  add(event: LoggedEvent): void {
    const { topic, partition, offset } = event;
    this.events.push({ topic, partition, offset });
    this.rows.add(event);
  }

  skip({ topic, partition, offset }: Position): void {
    this.skipped.push({ topic, partition, offset });
  }
}

/** The rows of the events in some ranges of the log. The ranges of a batch contain no skipped record. */
export async function readRows(
  reader: EventReader,
  ranges: readonly Range[],
  tables: StreamTables,
): Promise<EventRows> {
  const rows = new EventRows(tables);
  for (const range of ranges)
    for await (const record of recordsOf(reader, range))
      for (const event of (await decodable(record, reader)) ?? []) rows.add(event);
  return rows;
}

/** The records of a range. */
export const recordsOf = (reader: EventReader, { topic, partition, first, last }: Range) =>
  reader.range({ topic, partition, offset: first }, last + 1);
