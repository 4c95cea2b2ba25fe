import type { Codec } from './codec.ts';
import type { LoggedEvent, NewEvent, OfType } from './event.ts';
import type { EventLog, Position, StoredRecord } from './ports/log.ts';
import { topicOf } from './topics.ts';

const PAGE = 1_000;

/** Reads the log as events. */
export interface EventReader<E extends NewEvent = NewEvent> {
  /**
   * The events of these types, partition by partition, from `from` (per partition; default: the beginning) up to `upTo`
   * (exclusive; default: the end of now).
   */
  scan<T extends E['type']>(
    types: readonly T[],
    upTo?: readonly Position[],
    from?: readonly Position[],
  ): AsyncIterable<LoggedEvent<OfType<E, T>>>;
  /** Records as they are appended, from `from` on, until the signal aborts. */
  follow(from: readonly Position[], signal: AbortSignal): AsyncIterable<StoredRecord>;
  /** The same, page by page, each of what is there then: up to `limit` records. */
  followPages(
    from: readonly Position[],
    signal: AbortSignal,
    limit: number,
  ): AsyncIterable<readonly StoredRecord[]>;
  /** All records of one partition from a position up to an offset (exclusive). */
  range(from: Position, to: number): AsyncIterable<StoredRecord>;
  /** The end offsets of these streams. */
  endOffsets(streams: readonly string[]): Promise<Position[]>;
  /** The offsets that a service has committed in these streams. */
  committed(service: string, streams: readonly string[]): Promise<Position[]>;
  /** The events in a record, as `Codec.decode`. */
  decode(record: StoredRecord): Promise<readonly LoggedEvent<E>[]>;
}

/**
 * All records of a partition from a position up to an offset (exclusive). One `read` of a log is not enough for that: it
 * ends early when records are large.
 */
export async function* readPartition(log: EventLog, from: Position, to: number): AsyncIterable<StoredRecord> {
  for (let offset = from.offset; offset < to; ) {
    const page = await log.read({ ...from, offset }, Math.min(PAGE, to - offset));
    if (page.length === 0) return;
    for (const record of page) {
      if (record.offset >= to) return; // where offsets have gaps, a page may reach further
      yield record;
    }
    offset = page[page.length - 1]!.offset + 1;
  }
}

/** The offset of the first record that the log took at a time or later, by binary search. */
export async function firstOffset(time: number, end: Position, log: EventLog): Promise<number> {
  let [low, high] = [0, end.offset];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [record] = await log.read({ ...end, offset: middle }, 1);
    if (!record || record.offset >= high || record.timestamp >= time) high = middle;
    else low = record.offset + 1;
  }
  return low;
}

export function createReader<E extends NewEvent>(log: EventLog, codec: Codec<E>): EventReader<E> {
  const endOffsets = (streams: readonly string[]) => log.endOffsets(streams.map(topicOf));

  async function* followPages(from: readonly Position[], signal: AbortSignal, limit: number) {
    const follower = log.follow(from);
    try {
      while (!signal.aborted) yield await follower.poll(limit, signal);
    } finally {
      await follower.close();
    }
  }

  return {
    endOffsets,
    committed: (service, streams) => log.committed(service, streams.map(topicOf)),
    range: (from, to) => readPartition(log, from, to),
    decode: (record) => codec.decode(record),

    async *scan<T extends E['type']>(
      types: readonly T[],
      upTo?: readonly Position[],
      from: readonly Position[] = [],
    ) {
      const wanted = new Set<string>(types);
      const startOf = ({ topic, partition }: Position) =>
        from.find((start) => start.topic === topic && start.partition === partition)?.offset ?? 0;
      for (const end of upTo ?? (await endOffsets([...new Set(types.map(codec.catalogue.streamOf))]))) {
        for await (const record of readPartition(log, { ...end, offset: startOf(end) }, end.offset)) {
          if (!codec.typesOf(record).some((type) => wanted.has(type))) continue;
          for (const event of await codec.decode(record))
            if (wanted.has(event.type)) yield event as LoggedEvent<OfType<E, T>>;
        }
      }
    },

    followPages,

    async *follow(from, signal) {
      for await (const page of followPages(from, signal, PAGE)) yield* page;
    },
  };
}
