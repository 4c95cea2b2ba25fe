import type { Codec } from '../codec.ts';
import { decodable } from '../codec.ts';
import { isDeadLetters, originalOf, retryOf } from '../dead-letters/record.ts';
import { fromHeaders } from '../envelope.ts';
import { type EventType, isFact, streamOf } from '../event.ts';
import { partitionKey, partitionsIn } from '../partitions.ts';
import type { EventLog, Position, Share, StoredRecord } from '../ports/log.ts';
import { readPartition, typeOf } from '../reader.ts';
import type { Running, Service } from '../service.ts';
import type { Emitter } from './emitter.ts';
import type { Inputs } from './inputs.ts';
import { Known } from './known.ts';
import { merge } from './merge.ts';
import { SetAside } from './set-aside.ts';

/** What is brought to where it stopped. */
export interface Recalled {
  service: Service;
  share: Share;
  inputs: Inputs;
  running: Running;
  emitter: Emitter;
  /** the dead letters that it has tried again */
  retried: Set<string>;
  /** ends it before it is done */
  signal: AbortSignal;
}

/**
 * Brings a share of a starting service to where it stopped, without side effects: it remembers the events it has
 * consumed (those before `from`), all of the topics that it only remembers, and all the facts it has written (which
 * may go beyond both), and its aggregates go on counting from their last version. Returns what goes on remembering;
 * rejects when the signal aborts.
 */
export async function recall(
  { service, share, inputs, running, emitter, retried, signal }: Recalled,
  from: readonly Position[],
  log: EventLog,
  codec: Codec,
): Promise<Known> {
  const { consumed, known, owned } = inputs;
  const ends = await log.ends([...new Set([...consumed, ...known, ...owned])]);
  const starts = new Map(from.map((position) => [partitionKey(position), position.offset]));
  const startOf = (position: Position) => starts.get(partitionKey(position)) ?? 0;
  const ofTopics = (topics: readonly string[]) => ends.filter(({ topic }) => topics.includes(topic));
  const own = partitionsIn(share, ofTopics([...new Set([...consumed, ...owned])]));
  const letters = own.filter(({ topic }) => isDeadLetters(topic));
  const setAside = await SetAside.read(service.name, letters, startOf, log);
  const pending = service.effects
    ? await idsOf(
        own.filter(({ topic }) => consumed.includes(topic)),
        startOf,
        log,
      )
    : new Set<string>();
  for (const id of setAside.causes) pending.add(id);
  const remembered = new Set<string>(service.remembers);
  /** how far each partition is read */
  const upTo = own
    .map((end) => (owned.includes(end.topic) ? end : { ...end, offset: startOf(end) }))
    .filter(({ topic }) => owned.includes(topic) || isDeadLetters(topic) || remembered.size > 0);

  const isMine = ({ headers }: StoredRecord, type: EventType) =>
    isFact(type) && headers.ce_source === service.name;

  const takeIn = async (record: StoredRecord): Promise<void> => {
    const type = typeOf(record);
    if (!type) return;
    const mine = isMine(record, type);
    if (mine) {
      const envelope = fromHeaders(record.headers);
      emitter.recall(envelope, streamOf(type), pending.has(envelope.causationId ?? ''));
    }
    const isPast = known.includes(record.topic) || record.offset < startOf(record);
    if (!remembered.has(type) || !(mine || (isPast && !setAside.isUndecoded(record)))) return;
    const event = await (mine ? codec.decode(record) : decodable(record, codec));
    if (event) running.evolve?.(event);
  };

  /** What could not be decoded when it came was remembered when it was taken once more. */
  const takeInAgain = async (order: StoredRecord): Promise<void> => {
    const type = typeOf(order);
    if (!type || !remembered.has(type) || isMine(order, type) || !setAside.wasDecodedBy(order)) return;
    const event = await decodable(originalOf(order), codec);
    if (event) running.evolve?.(event);
  };

  const past = [...upTo, ...ofTopics(known)].map((end) =>
    readPartition(log, { ...end, offset: 0 }, end.offset),
  );
  for await (const record of merge(past)) {
    signal.throwIfAborted();
    const retry = retryOf(record, service.name);
    if (retry === undefined && !isDeadLetters(record.topic)) await takeIn(record);
    if (retry === undefined || retried.has(retry)) continue;
    retried.add(retry);
    await takeInAgain(record);
  }
  await running.recalled?.();
  return new Known(service, running, log, codec, ofTopics(known));
}

/** Ids of the events that the service has not committed yet: their reactions will run, perhaps again. */
async function idsOf(
  ends: readonly Position[],
  startOf: (position: Position) => number,
  log: EventLog,
): Promise<Set<string>> {
  const ids = new Set<string>();
  for (const end of ends) {
    for await (const record of readPartition(log, { ...end, offset: startOf(end) }, end.offset)) {
      ids.add(record.headers.ce_id ?? '');
    }
  }
  return ids;
}
