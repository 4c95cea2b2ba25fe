import { isFinal } from '../../kernel/errors.ts';
import type { Position, StoredRecord } from '../../kernel/ports/log.ts';
import { MAX_INSERT_BYTES, sizeOf } from '../../kernel/record-size.ts';
import type { EventReader, LoggedEvent } from '../../schemas/catalogue.ts';
import type { Range } from './ranges.ts';

/** Decoded events, and the positions of the undecodable records among them: those are dead letters. */
export interface Block {
  events: readonly LoggedEvent[];
  skipped: readonly Position[];
}

interface MutableBlock {
  events: LoggedEvent[];
  skipped: Position[];
}

/** The events of some ranges of the log. The ranges of a batch contain no skipped record. */
export async function readBlock(reader: EventReader, ranges: readonly Range[]): Promise<Block> {
  const block: MutableBlock = { events: [], skipped: [] };
  for (const range of ranges)
    for await (const record of recordsOf(reader, range)) await add(record, reader, block);
  return block;
}

/** The events of a range of the log, in blocks of at most `limit` events that one insert can hold. */
export async function* readBlocks(reader: EventReader, range: Range, limit: number): AsyncGenerator<Block> {
  let block: MutableBlock = { events: [], skipped: [] };
  let bytes = 0;
  for await (const record of recordsOf(reader, range)) {
    if (block.events.length >= limit || bytes + sizeOf(record) > MAX_INSERT_BYTES) {
      yield block;
      block = { events: [], skipped: [] };
      bytes = 0;
    }
    await add(record, reader, block);
    bytes += sizeOf(record);
  }
  yield block;
}

const recordsOf = (reader: EventReader, { topic, partition, first, last }: Range) =>
  reader.range({ topic, partition, offset: first }, last + 1);

async function add(record: StoredRecord, reader: EventReader, block: MutableBlock): Promise<void> {
  const events = await reader.decode(record).catch(undefinedIfUndecodable);
  const { topic, partition, offset } = record;
  if (events) block.events.push(...events);
  else block.skipped.push({ topic, partition, offset });
}

function undefinedIfUndecodable(error: unknown): undefined {
  if (!isFinal(error)) throw error;
}
