import { setImmediate as othersTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Codec } from '../codec.ts';
import { deadLetter, isUndecoded, originalOf, retryOf, type Step } from '../dead-letters/record.ts';
import { EpochlogError } from '../errors.ts';
import { type Event, type EventType, type Happened, isFact, type NewEvent } from '../event.ts';
import { partitionKey } from '../partitions.ts';
import type { Consumer, LogRecord, Position, StoredRecord } from '../ports/log.ts';
import type { Span } from '../ports/tracer.ts';
import { typeOf } from '../reader.ts';
import { inRuns } from '../record-size.ts';
import type { Running, Service, ServiceContext } from '../service.ts';
import { countAppended } from '../telemetry.ts';
import { isDeadLetterTopic } from '../topics.ts';
import type { Emitter } from './emitter.ts';
import type { Known } from './known.ts';
import { isTriedAgain } from './retriable.ts';

const BATCH = 1_000;
/** an insert costs hardly more for so many events than for one */
const PROJECTED_BATCH = 5_000;
/** how long reactions may follow each other before the rest of the process gets its turn */
const TURN_MS = 10;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 10_000;

/** What a shard of a service works with. */
export interface LoopParts {
  service: Service;
  running: Running;
  emitter: Emitter;
  consumer: Consumer;
  known: Known;
  /** the dead letters that have been tried again */
  retried: Set<string>;
  codec: Codec;
  context: ServiceContext;
  /** a reaction with effects waits for those of the service's other shards in this process */
  turn: Turn;
  /** whether it waits until a full disk has room again */
  waitsForRoom: boolean;
}

/** Runs a step when those before it have ended. */
export type Turn = <T>(step: () => Promise<T>) => Promise<T>;

/** Polls, reacts and commits until its signal aborts. */
export class Loop {
  readonly #parts: LoopParts;
  readonly #service: Service;
  readonly #running: Running;
  readonly #consumer: Consumer;
  readonly #reactsTo: (type: string) => boolean;
  readonly #remembers: ReadonlySet<string>;
  /** what the next commit will write, and how far it will move the offsets */
  #outputs: LogRecord[] = [];
  readonly #next = new Map<string, Position>();
  #reacted: string[] = [];

  constructor(parts: LoopParts) {
    const { service, running, consumer } = parts;
    this.#parts = parts;
    this.#service = service;
    this.#running = running;
    this.#consumer = consumer;
    const types = new Set<string>(service.reactsTo === '*' ? [] : service.reactsTo);
    this.#reactsTo = service.reactsTo === '*' ? () => true : (type) => types.has(type);
    this.#remembers = new Set(service.remembers);
  }

  get #signal(): AbortSignal {
    return this.#parts.context.signal;
  }

  async untilStopped(): Promise<void> {
    const { telemetry } = this.#parts.context;
    const limit = this.#running.project ? PROJECTED_BATCH : BATCH;
    while (!this.#signal.aborted) {
      const records = await this.#consumer.poll(limit, this.#signal);
      if (records.length === 0) continue;
      telemetry.observe('batchRecords', { service: this.#service.name }, records.length);
      await this.#retrying(() => this.#parts.known.catchUp());
      if (this.#running.project) await this.#projectAll(records);
      else await this.#takeAll(records);
      await this.#commit();
    }
  }

  /** Each run is committed before the next, so that none is projected again with another beside it. */
  async #projectAll(records: readonly StoredRecord[]): Promise<void> {
    const { tracer } = this.#parts.context;
    for (const run of inRuns(records)) {
      if (this.#signal.aborted) return;
      await tracer.batch(this.#service.name, run, (span) => this.#project(run, span));
      await this.#commit();
    }
  }

  async #takeAll(records: readonly StoredRecord[]): Promise<void> {
    let turn = performance.now();
    for (const record of records) {
      if (this.#signal.aborted) return;
      await this.#take(record);
      if (performance.now() - turn < TURN_MS) continue;
      await othersTurn();
      turn = performance.now();
    }
  }

  /** One record: react if it is asked for, remember if it is remembered, and count it as done. */
  async #take(record: StoredRecord): Promise<void> {
    if (isDeadLetterTopic(record.topic)) return this.#takeLetter(record);
    const type = typeOf(record);
    const reacts = type !== undefined && this.#reactsTo(type);
    const remembers = type !== undefined && this.#remembers.has(type) && !this.#isOwnFact(type, record);
    if (reacts && this.#service.effects) {
      await this.#inTurn(() => this.#takeEvent(record, { reacts, remembers }));
      await this.#commit();
    } else if (reacts || remembers) {
      await this.#takeEvent(record, { reacts, remembers });
    } else {
      this.#advance(record);
    }
  }

  async #takeEvent(record: StoredRecord, what: { reacts: boolean; remembers: boolean }): Promise<void> {
    const event = await (what.reacts ? this.#reactTraced(record) : this.#decode(record));
    if (event && what.remembers) this.#running.evolve?.(event);
    this.#advance(record);
  }

  /** A reaction with effects begins when the others have ended, and knows all there is then. */
  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    if (!this.#service.effects) return step();
    return this.#parts.turn(async () => {
      await this.#retrying(() => this.#parts.known.catchUp());
      return step();
    });
  }

  /** An order to try a dead letter again is followed once; a dead letter is nobody's business. */
  async #takeLetter(letter: StoredRecord): Promise<void> {
    const retry = retryOf(letter, this.#service.name);
    if (retry !== undefined && !this.#parts.retried.has(retry)) {
      await this.#takeAgain(letter);
      this.#parts.retried.add(retry);
    }
    this.#advance(letter);
    if (retry !== undefined) await this.#commit();
  }

  /** Takes an event once more, in its own place; it was remembered when it came, unless nobody could decode it. */
  async #takeAgain(order: StoredRecord): Promise<void> {
    const original = originalOf(order);
    const reacts = this.#reactsTo(original.headers.ce_type ?? '');
    const event = await this.#inTurn(() =>
      reacts ? this.#reactTraced(original, order) : this.#decode(original, order),
    );
    if (!event || !isUndecoded(order)) return;
    const { type } = event;
    if (this.#remembers.has(type) && !this.#isOwnFact(type, original)) this.#running.evolve?.(event);
  }

  #decode(record: StoredRecord, takenFrom = record, span?: Span): Promise<Event | undefined> {
    return this.#guarded(takenFrom, 'decode', () => this.#parts.codec.decode(record), span);
  }

  /** `takenFrom` is the record as it was polled: what goes to the dead letters when there can be no reaction. */
  #reactTraced(record: StoredRecord, takenFrom = record): Promise<Event | undefined> {
    return this.#parts.context.tracer.reaction(this.#service.name, record, async (span) => {
      const event = await this.#decode(record, takenFrom, span);
      if (event) await this.#react(event, takenFrom, span);
      return event;
    });
  }

  async #react(event: Event, record: StoredRecord, span: Span): Promise<void> {
    const { telemetry } = this.#parts.context;
    const labels = { service: this.#service.name, type: event.type };
    const started = performance.now();
    const react = async (): Promise<true> => {
      const identify = this.#parts.emitter.reactionTo(event);
      const emit = (events: readonly NewEvent[]) => {
        const happened = identify(events);
        return { happened, records: happened.map(this.#parts.codec.encode) };
      };
      const publishNow = async (...events: readonly NewEvent[]) => {
        const { happened, records } = emit(events);
        if (records.length === 0) return;
        await this.#retrying(() => this.#consumer.commit([], records), span);
        countAppended(telemetry, records);
        this.#emitted(event, happened, span);
      };
      const { happened, records } = emit((await this.#running.react?.(event, publishNow)) ?? []);
      this.#outputs.push(...records);
      this.#emitted(event, happened, span);
      return true;
    };
    const isDone = await this.#guarded(record, 'react', react, span);
    if (isDone) this.#reacted.push(event.id); // else it may be repeated, and what it has published is not
    telemetry.count('eventsHandled', labels);
    telemetry.observe('reactionSeconds', labels, (performance.now() - started) / 1_000);
  }

  /** Those were remembered when they were emitted. */
  #isOwnFact(type: EventType, { headers }: StoredRecord): boolean {
    return isFact(type) && headers.ce_source === this.#service.name;
  }

  #emitted(cause: Event, events: readonly Happened[], span: Span): void {
    this.#parts.emitter.emitted(cause, events);
    span.emitted(events.length);
    for (const event of events) {
      const { type } = event;
      this.#parts.context.telemetry.count('eventsEmitted', { service: this.#service.name, type });
      if (isFact(type) && this.#remembers.has(type)) this.#running.evolve?.(event);
    }
  }

  async #project(records: readonly StoredRecord[], span: Span): Promise<void> {
    const { telemetry } = this.#parts.context;
    const service = this.#service.name;
    const started = performance.now();
    const events: Event[] = [];
    const leftOut: Position[] = [];
    const { letters = [], others = [] } = Object.groupBy(records, ({ topic }) =>
      isDeadLetterTopic(topic) ? 'letters' : 'others',
    );
    for (const record of others) {
      const event = await this.#decode(record);
      if (event) events.push(event);
      else leftOut.push(record);
      this.#advance(record);
    }
    await this.#retrying(async () => this.#running.project?.(events, leftOut), span);
    for (const { type } of events) telemetry.count('eventsHandled', { service, type });
    telemetry.observe('projectionSeconds', { service }, (performance.now() - started) / 1_000);
    for (const letter of letters) await this.#takeLetter(letter);
  }

  /** The work, tried again while its error is retriable; a record that can never pass goes to the dead letters. */
  async #guarded<T>(
    record: StoredRecord,
    step: Step,
    work: () => Promise<T>,
    span?: Span,
  ): Promise<T | undefined> {
    try {
      return await this.#retrying(work, span);
    } catch (error) {
      if (!(error instanceof EpochlogError) || error.retriable) throw error;
      const { logger, telemetry } = this.#parts.context;
      const at = `${record.topic}/${record.partition}@${record.offset}`;
      logger.error(
        { service: this.#service.name, code: error.code, at, err: error },
        'event set aside as dead letter',
      );
      telemetry.count('deadLetters', { service: this.#service.name, code: error.code });
      span?.setAside(error);
      this.#outputs.push(deadLetter(record, this.#service.name, { step, error }));
      return undefined;
    }
  }

  async #retrying<T>(step: () => Promise<T>, span?: Span): Promise<T> {
    const { logger, telemetry } = this.#parts.context;
    for (let wait = FIRST_RETRY_MS; ; wait = Math.min(wait * 2, LAST_RETRY_MS)) {
      try {
        return await step();
      } catch (error) {
        if (!isTriedAgain(error, this.#parts) || this.#signal.aborted) throw error;
        logger.warn(
          { service: this.#service.name, code: error.code, waitMs: wait },
          `${error.message}; trying again`,
        );
        telemetry.count('retries', { service: this.#service.name, code: error.code });
        span?.retried(error, wait);
        await sleep(wait, undefined, { signal: this.#signal });
      }
    }
  }

  #advance({ topic, partition, offset }: StoredRecord): void {
    this.#next.set(partitionKey({ topic, partition }), { topic, partition, offset: offset + 1 });
  }

  async #commit(): Promise<void> {
    if (this.#next.size === 0) return;
    const next = [...this.#next.values()];
    const outputs = this.#outputs;
    const { telemetry } = this.#parts.context;
    const labels = { service: this.#service.name };
    const started = performance.now();
    await this.#retrying(() => this.#consumer.commit(next, outputs));
    telemetry.observe('commitSeconds', labels, (performance.now() - started) / 1_000);
    countAppended(telemetry, outputs);
    this.#next.clear();
    this.#outputs = [];
    for (const cause of this.#reacted) this.#parts.emitter.settled(cause);
    this.#reacted = [];
  }
}
