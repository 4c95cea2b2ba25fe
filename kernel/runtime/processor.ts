import type { Codec } from '../codec.ts';
import { parseDeadLetter } from '../dead-letters/dead-letter.ts';
import { deadLetter, type Step } from '../dead-letters/record.ts';
import { type EpochlogError, isFinal } from '../errors.ts';
import type { LoggedEvent, NewEvent, RecordedEvent } from '../event.ts';
import { recordsEventId, timerEventId } from '../ids.ts';
import type { Consumer, Position, StoredRecord } from '../ports/log.ts';
import { NO_SPAN, type Span } from '../ports/tracer.ts';
import type { Running, Service, ServiceContext, Timer } from '../service.ts';
import { countAppended } from '../telemetry.ts';
import { cancellable } from './cancellation.ts';
import type { Emitter } from './emitter.ts';
import type { GlobalState } from './global-state.ts';
import type { Mutex } from './mutex.ts';
import { retrying } from './retry.ts';
import type { Snapshots } from './snapshot.ts';
import { Transaction } from './transaction.ts';

/** What a running shard of a service works with. */
export interface ProcessorParts {
  service: Service;
  running: Running;
  emitter: Emitter;
  consumer: Consumer;
  globalState: GlobalState;
  /** attempts that have been redriven, by attempt key */
  redriven: Set<string>;
  snapshots: Snapshots;
  codec: Codec;
  context: ServiceContext;
  /** held during a reaction with effects: the service's other shards in this process wait */
  mutex: Mutex;
  /** whether it waits for disk space; else DISK_FULL ends it */
  waitsForDiskSpace: boolean;
}

/** The steps of a running shard: decode, react, evolve, commit. Errors are retried, dead-lettered or thrown. */
export class Processor {
  readonly #parts: ProcessorParts;
  readonly reactsTo: (type: string) => boolean;
  readonly #stateFrom: ReadonlySet<string>;
  readonly #transaction: Transaction;

  constructor(parts: ProcessorParts) {
    this.#parts = parts;
    const { reactsTo } = parts.service;
    const types = new Set<string>(reactsTo === '*' ? [] : reactsTo);
    this.reactsTo = reactsTo === '*' ? () => true : (type) => types.has(type);
    this.#stateFrom = new Set(parts.service.stateFrom);
    this.#transaction = new Transaction(parts.consumer, parts.emitter);
  }

  get #name(): string {
    return this.#parts.service.name;
  }

  #isFact(type: string): boolean {
    return this.#parts.codec.catalogue.isFact(type);
  }

  /** Whether the event in this record changes the state now; own facts changed it when they were emitted. */
  evolvesWith(type: string, { headers }: StoredRecord): boolean {
    return this.#stateFrom.has(type) && !(this.#isFact(type) && headers.ce_source === this.#name);
  }

  advance(position: Position): void {
    this.#transaction.advance(position);
  }

  /** Runs a reaction. One with effects has the mutex, and sees the global state as of its beginning. */
  exclusively<T>(step: () => Promise<T>): Promise<T> {
    if (!this.#parts.service.effects) return step();
    return this.#parts.mutex(async () => {
      await this.retrying(() => this.#parts.globalState.catchUp());
      return step();
    });
  }

  /** The events in a record. Undefined when it cannot be decoded: then `polled` is dead-lettered. */
  decode(record: StoredRecord, polled = record, span?: Span): Promise<readonly LoggedEvent[] | undefined> {
    const { codec } = this.#parts;
    return this.#guarded(polled, 'decode', async () => codec.decodeNow(record) ?? codec.decode(record), span);
  }

  /** Decodes a record and reacts to its events. `polled` is the record that is dead-lettered when this fails. */
  decodeAndReact(record: StoredRecord, polled = record): Promise<readonly LoggedEvent[] | undefined> {
    return this.#parts.context.tracer.reaction(this.#name, record, async (span) => {
      const events = await this.decode(record, polled, span);
      const inputs = (events ?? []).filter(({ type }) => this.reactsTo(type));
      for (const event of inputs) if (!(await this.#react(event, polled, span))) return events;
      // after a failure the record may be redriven: the emitter then knows what has been emitted
      for (const event of inputs) this.#transaction.completed(event.id);
      return events;
    });
  }

  /** Whether the reaction succeeded; else `polled` is a dead letter. */
  async #react(event: LoggedEvent, polled: StoredRecord, span: Span): Promise<boolean> {
    const { context, running, service } = this.#parts;
    const labels = { service: this.#name, type: event.type };
    const started = performance.now();
    const react = async (): Promise<true> => {
      const identify = this.#parts.emitter.reactionTo(event);
      const emit = async (...events: readonly NewEvent[]) => {
        const recorded = identify(events);
        const records = recorded.map(this.#parts.codec.encode);
        if (records.length === 0) return;
        await this.retrying(() => this.#parts.consumer.commit([], records), span);
        countAppended(context.telemetry, records);
        this.#emitted(event, recorded, span);
      };
      const events = await cancellable(event, service, context, async (cancelled) =>
        running.react?.(event, emit, cancelled),
      );
      const outputs = identify(events ?? []);
      this.#transaction.add(...outputs.map(this.#parts.codec.encode));
      this.#emitted(event, outputs, span);
      return true;
    };
    const succeeded = await this.#guarded(polled, 'react', react, span);
    context.telemetry.count('eventsHandled', labels);
    context.telemetry.observe('reactionSeconds', labels, (performance.now() - started) / 1_000);
    return succeeded === true;
  }

  #emitted(cause: LoggedEvent | undefined, events: readonly RecordedEvent[], span: Span): void {
    this.#parts.emitter.emitted(cause, events);
    span.emitted(events.length);
    for (const event of events) {
      this.#parts.context.telemetry.count('eventsEmitted', { service: this.#name, type: event.type });
      if (this.#isFact(event.type) && this.#stateFrom.has(event.type)) this.#parts.running.evolve?.(event);
    }
  }

  /** Lets the service process raw records: its facts and the offsets are the next commit. */
  async processRaw(records: readonly StoredRecord[], span: Span): Promise<void> {
    const { running, emitter, codec } = this.#parts;
    const last = records.at(-1);
    if (!last) return;
    const events = await this.retrying(async () => (await running.records?.(records)) ?? [], span);
    const facts = emitter.uncaused(events, (index) => recordsEventId(this.#name, last, index));
    this.#transaction.add(...facts.map(codec.encode));
    this.#emitted(undefined, facts, span);
    for (const record of records) this.advance(record);
  }

  /** Lets the service see a dead letter: its facts and the offset are the next commit. */
  async watch(record: StoredRecord): Promise<void> {
    const { running, emitter, codec } = this.#parts;
    if (!running.deadLetter) return;
    const seen = parseDeadLetter(record);
    const events = await this.exclusively(() =>
      this.retrying(async () => (await running.deadLetter?.(seen)) ?? []),
    );
    const facts = emitter.uncaused(events, (index) => recordsEventId(this.#name, record, index));
    this.#transaction.add(...facts.map(codec.encode));
    this.#emitted(undefined, facts, NO_SPAN);
  }

  /** Appends the facts of due timers. Returns when the next timer is due; undefined when none is pending. */
  async fireTimers(): Promise<number | undefined> {
    const { running, context, emitter, codec, consumer } = this.#parts;
    const now = context.clock.now();
    const isDue = ({ dueAt }: Timer) => dueAt <= now;
    const due = (running.timers?.() ?? []).filter(isDue).sort((a, b) => a.dueAt - b.dueAt);
    for (const timer of due) {
      const facts = emitter.uncaused(
        [timer.event],
        () => timerEventId(this.#name, timer.id, timer.dueAt),
        timer.correlationId,
      );
      const records = facts.map(codec.encode);
      await this.retrying(() => consumer.commit([], records));
      countAppended(context.telemetry, records);
      this.#emitted(undefined, facts, NO_SPAN);
    }
    const pending = running.timers?.() ?? [];
    const stuck = pending.find(({ id, dueAt }) =>
      due.some((fired) => fired.id === id && fired.dueAt === dueAt),
    );
    if (stuck) throw new Error(`timer ${stuck.id} of ${this.#name} is pending although its event was folded`);
    return pending.length === 0 ? undefined : Math.min(...pending.map(({ dueAt }) => dueAt));
  }

  /** Retries the step while its error is retriable; a record that can never pass becomes a dead letter. */
  async #guarded<T>(
    polled: StoredRecord,
    step: Step,
    work: () => Promise<T>,
    span?: Span,
  ): Promise<T | undefined> {
    try {
      return await this.retrying(work, span);
    } catch (error) {
      if (!isFinal(error)) throw error;
      this.#deadLetter(polled, step, error, span);
      return undefined;
    }
  }

  /** A record that could not be decoded becomes a dead letter. */
  refuse(record: StoredRecord, error: EpochlogError, span?: Span): void {
    this.#deadLetter(record, 'decode', error, span);
  }

  #deadLetter(polled: StoredRecord, step: Step, error: EpochlogError, span?: Span): void {
    const { logger, telemetry } = this.#parts.context;
    const service = this.#name;
    const { code } = error;
    const at = `${polled.topic}/${polled.partition}@${polled.offset}`;
    logger.error({ service, code, at, err: error }, 'event is a dead letter');
    telemetry.count('deadLetters', { service, code });
    span?.deadLettered(error);
    this.#transaction.add(deadLetter(polled, service, { step, error }));
  }

  retrying<T>(step: () => Promise<T>, span?: Span): Promise<T> {
    const { context, waitsForDiskSpace } = this.#parts;
    return retrying(step, { service: this.#name, context, waitsForDiskSpace }, span);
  }

  /** Returns the number of outputs. */
  async commit(): Promise<number> {
    if (this.#transaction.isEmpty) return 0;
    const { telemetry } = this.#parts.context;
    const started = performance.now();
    const outputs = await this.#transaction.commit((step) => this.retrying(step));
    telemetry.observe('commitSeconds', { service: this.#name }, (performance.now() - started) / 1_000);
    countAppended(telemetry, outputs);
    return outputs.length;
  }
}
