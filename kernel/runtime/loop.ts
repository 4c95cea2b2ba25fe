import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { isUndecoded, originalOf, redriveOf } from '../dead-letters/record.ts';
import type { LoggedEvent } from '../event.ts';
import type { Position, StoredRecord } from '../ports/log.ts';
import type { Span } from '../ports/tracer.ts';
import { inRuns } from '../record-size.ts';
import { isDeadLetterTopic } from '../topics.ts';
import { Processor, type ProcessorParts } from './processor.ts';

const BATCH = 1_000;
/** an insert costs hardly more for so many events than for one */
const PROJECTED_BATCH = 20_000;
/** Node's timers hold 24 days at most */
const MAX_TIMER_WAIT_MS = 86_400_000;
/** how long reactions follow each other before the loop yields to the event loop */
const MAX_BLOCKING_MS = 10;

/** Polls, reacts and commits until the signal aborts. */
export class Loop {
  readonly #parts: ProcessorParts;
  readonly #processor: Processor;

  constructor(parts: ProcessorParts) {
    this.#parts = parts;
    this.#processor = new Processor(parts);
  }

  get #signal(): AbortSignal {
    return this.#parts.context.signal;
  }

  async untilStopped(): Promise<void> {
    const { context, globalState, running, service, snapshots } = this.#parts;
    const limit = running.project || running.records ? PROJECTED_BATCH : BATCH;
    while (!this.#signal.aborted) {
      const records = await this.#poll(limit);
      if (records.length === 0) continue;
      context.telemetry.observe('batchRecords', { service: service.name }, records.length);
      await this.#processor.retrying(() => globalState.catchUp());
      if (running.records) await this.#processRaw(records);
      else if (running.project) await this.#projectAll(records);
      else await this.#processAll(records);
      await this.#processor.commit();
      await snapshots.committed(records.length, globalState);
    }
    await snapshots.stopping(globalState);
  }

  /** Polls until the next timer is due. */
  async #poll(limit: number): Promise<readonly StoredRecord[]> {
    const { consumer, context } = this.#parts;
    const nextDue = await this.#processor.fireTimers();
    if (nextDue === undefined) return consumer.poll(limit, this.#signal);
    const [due, polled] = [new AbortController(), new AbortController()];
    const waitMs = Math.min(nextDue - context.clock.now(), MAX_TIMER_WAIT_MS);
    context.clock.sleep(Math.max(0, waitMs), polled.signal).then(
      () => due.abort(),
      () => {}, // records came first
    );
    try {
      return await consumer.poll(limit, AbortSignal.any([this.#signal, due.signal]));
    } finally {
      polled.abort();
    }
  }

  /** Each run is committed before the next, so that none is projected again in another batch. */
  async #projectAll(records: readonly StoredRecord[]): Promise<void> {
    const { context, service } = this.#parts;
    for (const run of inRuns(records)) {
      if (this.#signal.aborted) return;
      await context.tracer.batch(service.name, run, (span) => this.#project(run, span));
      await this.#processor.commit();
    }
  }

  #processRaw(records: readonly StoredRecord[]): Promise<void> {
    const { context, service } = this.#parts;
    return context.tracer.batch(service.name, records, (span) => this.#processor.processRaw(records, span));
  }

  async #processAll(records: readonly StoredRecord[]): Promise<void> {
    let began = performance.now();
    for (const record of records) {
      if (this.#signal.aborted) return;
      await this.#process(record);
      if (performance.now() - began < MAX_BLOCKING_MS) continue;
      await yieldToEventLoop();
      began = performance.now();
    }
  }

  /** Reacts to a record's event, evolves the state with it, or passes it. A reaction with effects is committed at once. */
  async #process(record: StoredRecord): Promise<void> {
    if (isDeadLetterTopic(record.topic)) return this.#processDeadLetter(record);
    const types = this.#parts.codec.typesOf(record);
    const reacts = types.some(this.#processor.reactsTo);
    const evolves = types.some((type) => this.#processor.evolvesWith(type, record));
    if (reacts && this.#parts.service.effects) {
      await this.#processor.exclusively(() => this.#processEvents(record, reacts));
      await this.#processor.commit();
    } else if (reacts || evolves) {
      await this.#processEvents(record, reacts);
    } else {
      this.#processor.advance(record);
    }
  }

  async #processEvents(record: StoredRecord, reacts: boolean): Promise<void> {
    const events = await (reacts ? this.#processor.decodeAndReact(record) : this.#processor.decode(record));
    this.#evolve(events, record);
    this.#processor.advance(record);
  }

  #evolve(events: readonly LoggedEvent[] | undefined, record: StoredRecord): void {
    for (const event of events ?? [])
      if (this.#processor.evolvesWith(event.type, record)) this.#parts.running.evolve?.(event);
  }

  /** Redrive records are processed once; plain dead letters are skipped. */
  async #processDeadLetter(record: StoredRecord): Promise<void> {
    const attempt = redriveOf(record, this.#parts.service.name);
    if (attempt !== undefined && !this.#parts.redriven.has(attempt)) {
      await this.#redrive(record);
      this.#parts.redriven.add(attempt);
    }
    this.#processor.advance(record);
    if (attempt !== undefined) await this.#processor.commit();
  }

  /** Processes the original record again. Its event evolves the state only if it could not be decoded before. */
  async #redrive(redrive: StoredRecord): Promise<void> {
    const original = originalOf(redrive);
    const type = original.headers.ce_type ?? '';
    const reacts = [type, ...this.#parts.codec.typesOf(original)].some(this.#processor.reactsTo);
    const events = await this.#processor.exclusively(() =>
      reacts ? this.#processor.decodeAndReact(original, redrive) : this.#processor.decode(original, redrive),
    );
    if (isUndecoded(redrive)) this.#evolve(events, original);
  }

  async #project(records: readonly StoredRecord[], span: Span): Promise<void> {
    const { context, running } = this.#parts;
    const service = this.#parts.service.name;
    const started = performance.now();
    const events: LoggedEvent[] = [];
    const skipped: Position[] = [];
    const { deadLetters = [], others = [] } = Object.groupBy(records, ({ topic }) =>
      isDeadLetterTopic(topic) ? 'deadLetters' : 'others',
    );
    for (const record of others) {
      const decoded = await this.#processor.decode(record);
      if (decoded) events.push(...decoded);
      else skipped.push(record);
      this.#processor.advance(record);
    }
    await this.#processor.retrying(async () => running.project?.(events, skipped), span);
    for (const [type, ofType] of Map.groupBy(events, (event) => event.type))
      context.telemetry.count('eventsHandled', { service, type }, ofType.length);
    const seconds = (performance.now() - started) / 1_000;
    context.telemetry.observe('projectionSeconds', { service }, seconds);
    for (const record of deadLetters) await this.#processDeadLetter(record);
  }
}
