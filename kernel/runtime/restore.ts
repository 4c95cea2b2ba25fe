import { type Codec, decodable, eventIdsOf } from '../codec.ts';
import { originalOf, redriveOf } from '../dead-letters/record.ts';
import { fromHeaders } from '../envelope.ts';
import type { EventLog, Position, Shard, StoredRecord } from '../ports/log.ts';
import { readPartition } from '../reader.ts';
import type { Running, Service } from '../service.ts';
import { isDeadLetterTopic } from '../topics.ts';
import { DeadLetterIndex } from './dead-letter-index.ts';
import type { Emitter } from './emitter.ts';
import { GlobalState } from './global-state.ts';
import { merge } from './merge.ts';
import { RestoreRange } from './restore-range.ts';
import type { Snapshot, Snapshots } from './snapshot.ts';
import type { Topology } from './topology.ts';

/** The shard whose state is restored. */
export interface RestoreTarget {
  service: Service;
  shard: Shard;
  topology: Topology;
  running: Running;
  emitter: Emitter;
  /** attempts that have been redriven, by attempt key */
  redriven: Set<string>;
  /** what the restore begins with; without it, it folds the whole log */
  snapshot: Snapshot | undefined;
  snapshots: Snapshots;
  /** ends the restore before it is complete */
  signal: AbortSignal;
}

/**
 * Restores the state of a starting shard by folding the log, without side effects: the events that it has consumed
 * (before `committed`), its global state, and all facts that it has written (which may reach beyond both). Its
 * aggregates continue after their last version. Returns the global state; rejects when the signal aborts.
 */
export async function restore(
  target: RestoreTarget,
  committed: readonly Position[],
  log: EventLog,
  codec: Codec,
): Promise<GlobalState> {
  const { service, running } = target;
  const range = await foldLog(target, committed, log, codec);
  await running.restored?.();
  return new GlobalState(service, running, log, codec, range.global);
}

/** The same without the last step: nothing is known outside of the state. Returns what was folded. */
export async function foldLog(
  target: RestoreTarget,
  committed: readonly Position[],
  log: EventLog,
  codec: Codec,
): Promise<RestoreRange> {
  const { service, running, emitter, redriven, snapshot, snapshots, signal } = target;
  if (snapshot) {
    running.resume?.(snapshot.running);
    emitter.continueAfter(snapshot.emitted);
    for (const attempt of snapshot.redriven) redriven.add(attempt);
  }
  const range = await RestoreRange.of(target, committed, log);
  const deadLetters = await DeadLetterIndex.read(
    service.name,
    range.deadLetters,
    range.committedOffset,
    log,
    codec,
  );
  const pending = await pendingCauses(service, range, deadLetters, log, codec);
  const fold = new Fold(target, { range, deadLetters, pending, codec });
  const partitions = range.read.map((end) => readPartition(log, range.start(end), end.offset));
  for await (const record of merge(partitions)) {
    signal.throwIfAborted();
    await fold.next(record);
    range.advance(record);
    await snapshots.folded(() => range.reached());
  }
  return range;
}

/** Ids of the events whose reaction may be repeated: what it has emitted already is not emitted again. */
async function pendingCauses(
  { effects }: Service,
  range: RestoreRange,
  deadLetters: DeadLetterIndex,
  log: EventLog,
  codec: Codec,
): Promise<Set<string>> {
  const ids = new Set(deadLetters.causes);
  if (!effects) return ids;
  for (const end of range.consumed) {
    const from = { ...end, offset: range.committedOffset(end) };
    for await (const record of readPartition(log, from, end.offset))
      for (const id of eventIdsOf(record, codec)) ids.add(id);
  }
  return ids;
}

interface FoldInput {
  range: RestoreRange;
  deadLetters: DeadLetterIndex;
  /** ids of the events whose reaction may be repeated */
  pending: ReadonlySet<string>;
  codec: Codec;
}

/** Folds the log into the state, record by record. */
class Fold {
  readonly #target: RestoreTarget;
  readonly #input: FoldInput;
  readonly #stateFrom: ReadonlySet<string>;

  constructor(target: RestoreTarget, input: FoldInput) {
    this.#target = target;
    this.#input = input;
    this.#stateFrom = new Set(target.service.stateFrom);
  }

  async next(record: StoredRecord): Promise<void> {
    const { service, redriven } = this.#target;
    const attempt = redriveOf(record, service.name);
    if (attempt === undefined && !isDeadLetterTopic(record.topic)) await this.#foldEvent(record);
    if (attempt === undefined || redriven.has(attempt)) return;
    redriven.add(attempt);
    await this.#foldRedriven(record);
  }

  async #foldEvent(record: StoredRecord): Promise<void> {
    const { emitter, running } = this.#target;
    const { range, deadLetters, pending, codec } = this.#input;
    const types = codec.typesOf(record);
    const [type] = types;
    if (!type) return;
    const isOwn = this.#isOwnFact(record, type);
    if (range.isInSnapshot(record, isOwn)) return;
    if (isOwn) {
      const envelope = fromHeaders(record.headers);
      emitter.restore(envelope, codec.catalogue.streamOf(type), pending.has(envelope.causationId ?? ''));
    }
    const wasFolded = isOwn || (range.isProcessed(record) && !deadLetters.isUndecoded(record));
    if (!wasFolded || !types.some((type) => this.#stateFrom.has(type))) return;
    const events = await (isOwn ? codec.decode(record) : decodable(record, codec));
    for (const event of events ?? []) if (this.#stateFrom.has(event.type)) running.evolve?.(event);
  }

  /** An event that could not be decoded at first became part of the state when it was redriven. */
  async #foldRedriven(redrive: StoredRecord): Promise<void> {
    const { deadLetters, codec } = this.#input;
    const types = codec.typesOf(redrive).filter((type) => this.#stateFrom.has(type));
    if (types.length === 0 || types.some((type) => this.#isOwnFact(redrive, type))) return;
    if (!deadLetters.wasDecodedBy(redrive)) return;
    for (const event of (await decodable(originalOf(redrive), codec)) ?? [])
      if (this.#stateFrom.has(event.type)) this.#target.running.evolve?.(event);
  }

  #isOwnFact({ headers }: StoredRecord, type: string): boolean {
    return this.#input.codec.catalogue.isFact(type) && headers.ce_source === this.#target.service.name;
  }
}
