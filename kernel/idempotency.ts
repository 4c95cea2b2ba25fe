import { isDeepStrictEqual } from 'node:util';
import type { Catalogue } from './catalogue.ts';
import type { Codec } from './codec.ts';
import { EpochlogError } from './errors.ts';
import type { RecordedEvent } from './event.ts';
import { timeOfId } from './ids.ts';
import type { EventLog, LogRecord, Position, StoredRecord } from './ports/log.ts';
import { firstOffset, readPartition } from './reader.ts';
import { topicOf } from './topics.ts';

/** How far the clocks of clients and of the log may differ. */
const MAX_SKEW_MS = 3_600_000;

const requestTopics = ({ types, isFact, streamOf }: Catalogue): string[] => [
  ...new Set(types.filter((type) => !isFact(type)).map((type) => topicOf(streamOf(type)))),
];

/**
 * The request that was appended with an id before; undefined when there is none. The time in the id, a UUIDv7, says from
 * where the log is read. INPUT_INVALID for another id or one of the future, CONFLICT when the request has other content.
 */
export async function findRequest(
  id: string,
  wanted: LogRecord,
  { log, codec, now }: { log: EventLog; codec: Codec; now: number },
): Promise<RecordedEvent | undefined> {
  const time = timeOfId(id);
  if (time === undefined)
    throw new EpochlogError('INPUT_INVALID', `'${id}' is not a UUIDv7: give each request a new one`);
  if (time > now + MAX_SKEW_MS)
    throw new EpochlogError('INPUT_INVALID', `the UUIDv7 ${id} has a time in the future: set the clock`);
  const ends = await log.endOffsets(requestTopics(codec.catalogue));
  const found = await Promise.all(ends.map((end) => findInPartition(id, time - MAX_SKEW_MS, end, log)));
  const record = found.find((record) => record !== undefined);
  if (!record) return undefined;
  const isSame =
    record.headers.ce_type === wanted.headers.ce_type &&
    record.key === wanted.key &&
    isDeepStrictEqual(await codec.decodeData(record), await codec.decodeData({ ...record, ...wanted }));
  const [event] = await codec.decode(record);
  if (event && isSame) return event;
  throw new EpochlogError('CONFLICT', `another request has the id ${id}: give this one a new id`);
}

async function findInPartition(
  id: string,
  since: number,
  end: Position,
  log: EventLog,
): Promise<StoredRecord | undefined> {
  const offset = await firstOffset(since, end, log);
  for await (const record of readPartition(log, { ...end, offset }, end.offset))
    if (record.headers.ce_id === id) return record;
  return undefined;
}

/** Runs one step at a time for each id. */
export class PerId {
  readonly #running = new Map<string, Promise<unknown>>();

  async run<T>(id: string, step: () => Promise<T>): Promise<T> {
    const before = this.#running.get(id);
    const running = (async () => {
      await before?.catch(() => {});
      return step();
    })();
    this.#running.set(id, running);
    try {
      return await running;
    } finally {
      if (this.#running.get(id) === running) this.#running.delete(id);
    }
  }
}
