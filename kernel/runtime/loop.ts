import { setTimeout as sleep, setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { decodable } from '../codec.ts';
import { isUndecoded, originalOf, redriveOf } from '../dead-letters/record.ts';
import type { LoggedEvent } from '../event.ts';
import type { StoredRecord } from '../ports/log.ts';
import type { Span } from '../ports/tracer.ts';
import { inRuns } from '../record-size.ts';
import type { ProjectedBatch } from '../service.ts';
import { isDeadLetterTopic } from '../topics.ts';
import { Processor, type ProcessorParts } from './processor.ts';

const BATCH = 1_000;
/** for who takes records by the batch: an insert costs hardly more for so many events than for one */
const LARGE_BATCH = 20_000;
/** a poll of so many means that the projector lags */
const MANY_RECORDS = 500;
/** Nothing followed from a few events: what comes within this time is taken together, with one commit of the offsets. */
const REST_MS = 10;
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
    if (running.batch) return this.#projectUntilStopped();
    const limit = running.records ? LARGE_BATCH : BATCH;
    while (!this.#signal.aborted) {
      const records = await this.#poll(limit);
      if (records.length === 0) continue;
      context.telemetry.observe('batchRecords', { service: service.name }, records.length);
      await this.#processor.retrying(() => globalState.catchUp());
      if (running.records) await this.#processRaw(records);
      else await this.#processAll(records);
      const outputs = await this.#processor.commit();
      await snapshots.committed(records.length, globalState);
      if (outputs === 0 && records.length < MANY_RECORDS) await this.#rest();
    }
    await snapshots.stopping(globalState);
  }

  async #rest(): Promise<void> {
    await sleep(REST_MS, undefined, { signal: this.#signal }).catch(() => {}); // stopped
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

  /**
   * Each run is written and committed before the next, so that none is projected again in another batch. Where there are many
   * records, the next ones are polled, decoded and encoded meanwhile.
   */
  async #projectUntilStopped(): Promise<void> {
    const { context, service } = this.#parts;
    let written = Promise.resolve();
    while (!this.#signal.aborted) {
      const records = await this.#poll(LARGE_BATCH);
      if (records.length > 0)
        context.telemetry.observe('batchRecords', { service: service.name }, records.length);
      for (const run of inRuns(records)) {
        const gathered = await this.#gather(run);
        await written;
        if (this.#signal.aborted) return;
        written = context.tracer.batch(service.name, run, (span) => this.#write(run, gathered, span));
        written.catch(() => {}); // who awaits it next throws it
      }
      if (records.length < MANY_RECORDS) await written;
    }
    await written;
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

  /** Redrive records are processed once; plain dead letters are shown to a service that watches them. */
  async #processDeadLetter(record: StoredRecord): Promise<void> {
    const attempt = redriveOf(record, this.#parts.service.name);
    if (attempt !== undefined && !this.#parts.redriven.has(attempt)) {
      await this.#redrive(record);
      this.#parts.redriven.add(attempt);
    }
    if (record.headers.dlq_redrive === undefined) await this.#processor.watch(record);
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

  /** Decodes a run into a batch. */
  async #gather(records: readonly StoredRecord[]): Promise<Gathered> {
    const { codec } = this.#parts;
    const batch = await this.#processor.retrying(() => this.#parts.running.batch!());
    const gathered: Gathered = { batch, events: new Map(), undecodable: [] };
    let began = performance.now();
    for (const record of records) {
      if (isDeadLetterTopic(record.topic)) continue;
      const events = await this.#processor.retrying(() => decodable(record, codec));
      if (!events) {
        gathered.undecodable.push(record);
        batch.skip(record);
      }
      for (const event of events ?? []) {
        batch.add(event);
        gathered.events.set(event.type, (gathered.events.get(event.type) ?? 0) + 1);
      }
      if (performance.now() - began < MAX_BLOCKING_MS) continue;
      await yieldToEventLoop();
      began = performance.now();
    }
    return gathered;
  }

  /** Writes a run, dead-letters what could not be decoded, and commits both. */
  async #write(records: readonly StoredRecord[], gathered: Gathered, span: Span): Promise<void> {
    const { telemetry } = this.#parts.context;
    const service = this.#parts.service.name;
    const started = performance.now();
    for (const record of gathered.undecodable) {
      if (!(await this.#processor.decode(record))) continue;
      return this.#write(records, await this.#gather(records), span); // it has become decodable
    }
    await this.#processor.retrying(() => gathered.batch.write(), span);
    for (const [type, count] of gathered.events) telemetry.count('eventsHandled', { service, type }, count);
    telemetry.observe('projectionSeconds', { service }, (performance.now() - started) / 1_000);
    for (const record of records) {
      if (isDeadLetterTopic(record.topic)) await this.#processDeadLetter(record);
      else this.#processor.advance(record);
    }
    await this.#processor.commit();
  }
}

/** A run of records that was decoded. */
interface Gathered {
  batch: ProjectedBatch;
  /** how many of each type */
  events: Map<string, number>;
  undecodable: StoredRecord[];
}
