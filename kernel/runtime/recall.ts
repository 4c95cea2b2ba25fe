import { type Codec, decodable } from '../codec.ts';
import { originalOf, retryOf } from '../dead-letters/record.ts';
import { fromHeaders } from '../envelope.ts';
import { type EventType, isFact, streamOf } from '../event.ts';
import { partitionKey, partitionsOfShard } from '../partitions.ts';
import type { EventLog, Position, Shard, StoredRecord } from '../ports/log.ts';
import { readPartition, typeOf } from '../reader.ts';
import type { Running, Service } from '../service.ts';
import { isDeadLetterTopic } from '../topics.ts';
import type { Emitter } from './emitter.ts';
import type { Inputs } from './inputs.ts';
import { Known } from './known.ts';
import { merge } from './merge.ts';
import { SetAside } from './set-aside.ts';

/** What is brought to where it stopped. */
export interface Recalled {
  service: Service;
  shard: Shard;
  inputs: Inputs;
  running: Running;
  emitter: Emitter;
  /** the dead letters that it has tried again */
  retried: Set<string>;
  /** ends it before it is done */
  signal: AbortSignal;
}

/**
 * Brings a shard of a starting service to where it stopped, without side effects: it remembers the events it has
 * consumed (those before `from`), all of the topics that it only remembers, and all the facts it has written (which
 * may go beyond both), and its aggregates go on counting from their last version. Returns what goes on remembering;
 * rejects when the signal aborts.
 */
export async function recall(
  recalled: Recalled,
  from: readonly Position[],
  log: EventLog,
  codec: Codec,
): Promise<Known> {
  const { service, running, signal } = recalled;
  const past = await Past.of(recalled, from, log);
  const setAside = await SetAside.read(service.name, past.letters, past.startOf, log);
  const pending = await pendingCauses(service, past, setAside, log);
  const memory = new Memory(recalled, { past, setAside, pending, codec });
  const partitions = past.read.map((end) => readPartition(log, { ...end, offset: 0 }, end.offset));
  for await (const record of merge(partitions)) {
    signal.throwIfAborted();
    await memory.take(record);
  }
  await running.recalled?.();
  return new Known(service, running, log, codec, past.known);
}

/** What there is of a shard's inputs, and how far it had come in them. */
class Past {
  /** where the partitions end that all shards know whole */
  readonly known: readonly Position[];
  /** where those end that are the shard's own */
  readonly #own: readonly Position[];
  readonly #starts: ReadonlyMap<string, number>;
  readonly #recalled: Recalled;

  private constructor(recalled: Recalled, ends: readonly Position[], from: readonly Position[]) {
    const { shard, inputs } = recalled;
    this.#recalled = recalled;
    this.#starts = new Map(from.map((position) => [partitionKey(position), position.offset]));
    this.known = ends.filter(({ topic }) => inputs.known.includes(topic));
    const own = ends.filter(({ topic }) => inputs.consumed.includes(topic) || inputs.owned.includes(topic));
    this.#own = partitionsOfShard(shard, own);
  }

  static async of(recalled: Recalled, from: readonly Position[], log: EventLog): Promise<Past> {
    const { consumed, known, owned } = recalled.inputs;
    return new Past(recalled, await log.endOffsets([...new Set([...consumed, ...known, ...owned])]), from);
  }

  /** Where the shard goes on in a partition. */
  readonly startOf = (position: Position): number => this.#starts.get(partitionKey(position)) ?? 0;

  /** Whether the shard has come beyond a record. */
  isBefore(record: StoredRecord): boolean {
    return this.#recalled.inputs.known.includes(record.topic) || record.offset < this.startOf(record);
  }

  get letters(): Position[] {
    return this.#own.filter(({ topic }) => isDeadLetterTopic(topic));
  }

  /** Where the partitions end that it goes on consuming. */
  get consumed(): Position[] {
    return this.#own.filter(({ topic }) => this.#recalled.inputs.consumed.includes(topic));
  }

  /** How far each partition is read: its own facts to the end, what it consumes as far as it has come. */
  get read(): Position[] {
    const { service, inputs } = this.#recalled;
    const remembers = (service.remembers ?? []).length > 0;
    const isOwned = ({ topic }: Position) => inputs.owned.includes(topic);
    const own = this.#own
      .filter((end) => isOwned(end) || isDeadLetterTopic(end.topic) || remembers)
      .map((end) => (isOwned(end) ? end : { ...end, offset: this.startOf(end) }));
    return [...own, ...this.known];
  }
}

/** Ids of the events to which the reaction may run again, and finds then what it has published already. */
async function pendingCauses(
  { effects }: Service,
  past: Past,
  setAside: SetAside,
  log: EventLog,
): Promise<Set<string>> {
  const ids = new Set(setAside.causes);
  if (!effects) return ids;
  for (const end of past.consumed) {
    for await (const record of readPartition(log, { ...end, offset: past.startOf(end) }, end.offset)) {
      ids.add(record.headers.ce_id ?? '');
    }
  }
  return ids;
}

interface Remembering {
  past: Past;
  setAside: SetAside;
  /** ids of the events to which the reaction may run again */
  pending: ReadonlySet<string>;
  codec: Codec;
}

/** Takes in the past, record by record. */
class Memory {
  readonly #recalled: Recalled;
  readonly #by: Remembering;
  readonly #remembered: ReadonlySet<string>;

  constructor(recalled: Recalled, by: Remembering) {
    this.#recalled = recalled;
    this.#by = by;
    this.#remembered = new Set(recalled.service.remembers);
  }

  async take(record: StoredRecord): Promise<void> {
    const { service, retried } = this.#recalled;
    const retry = retryOf(record, service.name);
    if (retry === undefined && !isDeadLetterTopic(record.topic)) await this.#takeEvent(record);
    if (retry === undefined || retried.has(retry)) return;
    retried.add(retry);
    await this.#takeAgain(record);
  }

  async #takeEvent(record: StoredRecord): Promise<void> {
    const { emitter, running } = this.#recalled;
    const { past, setAside, pending, codec } = this.#by;
    const type = typeOf(record);
    if (!type) return;
    const isMine = this.#isMine(record, type);
    if (isMine) {
      const envelope = fromHeaders(record.headers);
      emitter.recall(envelope, streamOf(type), pending.has(envelope.causationId ?? ''));
    }
    const wasTaken = isMine || (past.isBefore(record) && !setAside.isUndecoded(record));
    if (!this.#remembered.has(type) || !wasTaken) return;
    const event = await (isMine ? codec.decode(record) : decodable(record, codec));
    if (event) running.evolve?.(event);
  }

  /** What could not be decoded when it came was remembered when it was taken once more. */
  async #takeAgain(order: StoredRecord): Promise<void> {
    const { setAside, codec } = this.#by;
    const type = typeOf(order);
    if (!type || !this.#remembered.has(type) || this.#isMine(order, type)) return;
    if (!setAside.wasDecodedBy(order)) return;
    const event = await decodable(originalOf(order), codec);
    if (event) this.#recalled.running.evolve?.(event);
  }

  #isMine({ headers }: StoredRecord, type: EventType): boolean {
    return isFact(type) && headers.ce_source === this.#recalled.service.name;
  }
}
