import type { Codec } from '../codec.ts';
import { fromHeaders } from '../envelope.ts';
import { EpochlogError } from '../errors.ts';
import { ALL_STREAMS, type Event, isFact, ownerOf, streamOf, topicOf } from '../event.ts';
import type { EventLog, Position, StoredRecord } from '../ports/log.ts';
import { readPartition, typeOf } from '../reader.ts';
import type { Running, Service } from '../service.ts';
import type { Emitter } from './emitter.ts';

/** Streams whose facts a service writes. */
export const ownedStreams = (service: Service) =>
  ALL_STREAMS.filter((stream) => ownerOf(stream) === service.name);

/** Topics that a service consumes. */
export async function inputTopics(service: Service, log: EventLog): Promise<string[]> {
  if (service.reactsTo === '*') {
    return (await log.topics()).map(({ name }) => name).filter((name) => !name.endsWith('.dlq'));
  }
  const types = [...service.reactsTo, ...(service.remembers ?? [])];
  return [...new Set(types.map((type) => topicOf(streamOf(type))))];
}

/** Several partitions as one sequence, in the order in which the log took the records. */
async function* merge(sources: AsyncIterable<StoredRecord>[]): AsyncIterable<StoredRecord> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const heads = await Promise.all(iterators.map((iterator) => iterator.next()));
  for (;;) {
    let first = -1;
    for (let i = 0; i < heads.length; i++) {
      const head = heads[i]!;
      if (!head.done && (first < 0 || head.value.timestamp < (heads[first]!.value as StoredRecord).timestamp))
        first = i;
    }
    if (first < 0) return;
    yield heads[first]!.value as StoredRecord;
    heads[first] = await iterators[first]!.next();
  }
}

/**
 * Brings a starting service to where it stopped, without side effects: it remembers the events it has consumed
 * (up to its committed offsets) and all the facts it has written (which may go beyond them), and its aggregates
 * go on counting from their last version.
 */
export async function recall(
  service: Service,
  running: Running,
  emitter: Emitter,
  log: EventLog,
  codec: Codec,
): Promise<void> {
  const inputs = await inputTopics(service, log);
  const owned = ownedStreams(service).map(topicOf);
  const committed = await log.committed(service.name, inputs);
  const ends = await log.ends([...new Set([...inputs, ...owned])]);
  const inputEnds = ends.filter(({ topic }) => inputs.includes(topic));
  const committedOf = (end: Position) =>
    committed.find(({ topic, partition }) => topic === end.topic && partition === end.partition)?.offset ?? 0;
  const pending = service.effects ? await idsOf(inputEnds, committedOf, log) : new Set<string>();
  const remembered = new Set<string>(service.remembers);

  const past = ends
    .filter(({ topic }) => owned.includes(topic) || remembered.size > 0)
    .map((end) =>
      readPartition(log, { ...end, offset: 0 }, owned.includes(end.topic) ? end.offset : committedOf(end)),
    );
  for await (const record of merge(past)) {
    const type = typeOf(record);
    if (!type) continue;
    const mine = isFact(type) && record.headers.ce_source === service.name;
    if (mine) {
      const envelope = fromHeaders(record.headers);
      emitter.recall(envelope, streamOf(type), pending.has(envelope.causationId ?? ''));
    }
    const consumed = record.offset < committedOf(record);
    if (!remembered.has(type) || !(mine || consumed)) continue;
    const event = await (mine ? codec.decode(record) : decodable(record, codec));
    if (event) running.evolve?.(event);
  }
  await running.recalled?.();
}

/** The event in a record; undefined when there is none, and the record went to the dead letters when it came. */
const decodable = (record: StoredRecord, codec: Codec): Promise<Event | undefined> =>
  codec.decode(record).catch((error: unknown) => {
    if (error instanceof EpochlogError && error.code === 'EVENT_UNDECODABLE') return undefined;
    throw error;
  });

/** Ids of the events that the service has not committed yet: their reactions will run, perhaps again. */
async function idsOf(
  ends: readonly Position[],
  committedOf: (end: Position) => number,
  log: EventLog,
): Promise<Set<string>> {
  const ids = new Set<string>();
  for (const end of ends) {
    for await (const record of readPartition(log, { ...end, offset: committedOf(end) }, end.offset)) {
      ids.add(record.headers.ce_id ?? '');
    }
  }
  return ids;
}
