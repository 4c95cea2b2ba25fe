import { setTimeout as sleep, setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { isUndecoded, originalOf, redriveOf } from '../dead-letters/record.ts';
import { EpochlogError } from '../errors.ts';
import type { LoggedEvent } from '../event.ts';
import { PartitionMap } from '../partitions.ts';
import type { Position, StoredRecord } from '../ports/log.ts';
import type { Span } from '../ports/tracer.ts';
import { inRuns, MAX_INSERT_BYTES, sizeOf } from '../record-size.ts';
import type { ProjectedBatch } from '../service.ts';
import { isDeadLetterTopic } from '../topics.ts';
import { Processor, type ProcessorParts } from './processor.ts';

const BATCH = 1_000;
/** for who takes records by the batch: an insert costs hardly more for so many events than for one */
const LARGE_BATCH = 20_000;
/** of such a batch, so many are in memory at a time */
const PAGE = 500;
/** how long it waits for one more page of a batch */
const MORE_MS = 5;
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
   * Each batch is written and committed before the next, so that none is projected again in another batch. Where there are
   * many records, the next ones are polled, decoded and encoded meanwhile.
   */
  async #projectUntilStopped(): Promise<void> {
    const { context, service } = this.#parts;
    let written = Promise.resolve();
    for await (const gathered of this.#batches()) {
      await written;
      if (this.#signal.aborted) return;
      const { records, count } = gathered;
      written = context.tracer.batch(service.name, { records, count }, (span) => this.#write(gathered, span));
      written.catch(() => {}); // who awaits it next throws it
      if (count < MANY_RECORDS) await written;
    }
    await written;
  }

  /**
   * Batches of what is polled, until the signal aborts. They are polled in pages, of which no record is kept: so many
   * would outlive the collections of what is new, and cost as much time as their rows.
   */
  async *#batches(): AsyncGenerator<Gathered, void, undefined> {
    const { context, consumer, service } = this.#parts;
    const more = () => AbortSignal.any([this.#signal, AbortSignal.timeout(MORE_MS)]);
    while (!this.#signal.aborted) {
      let page = await this.#poll(PAGE);
      if (page.length === 0) continue;
      let gathered = await this.#newBatch();
      while (page.length > 0) {
        for (const run of inRuns(page)) {
          const bytes = run.reduce((sum, record) => sum + sizeOf(record), 0);
          if (gathered.count > 0 && gathered.bytes + bytes > MAX_INSERT_BYTES) {
            yield gathered;
            gathered = await this.#newBatch();
          }
          await this.#gather(run, gathered);
          gathered.bytes += bytes;
        }
        const isAll = page.length < PAGE || gathered.count >= LARGE_BATCH;
        if (isAll && !(await gathered.batch.waitForMore?.(gathered.count))) break;
        page = await consumer.poll(PAGE, more());
      }
      context.telemetry.observe('batchRecords', { service: service.name }, gathered.count);
      yield gathered;
    }
  }

  #processRaw(records: readonly StoredRecord[]): Promise<void> {
    const { context, service } = this.#parts;
    return context.tracer.batch(service.name, { records, count: records.length }, (span) =>
      this.#processor.processRaw(records, span),
    );
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

  async #newBatch(): Promise<Gathered> {
    const batch = await this.#processor.retrying(() => this.#parts.running.batch!());
    const empty = { count: 0, bytes: 0, records: [], undecodable: [], deadLetters: [] };
    return { batch, ...empty, last: new PartitionMap(), events: new Map() };
  }

  /** Decodes records into a batch. */
  async #gather(records: readonly StoredRecord[], gathered: Gathered): Promise<void> {
    const { batch, events: counts, last } = gathered;
    let began = performance.now();
    if (gathered.count === 0) gathered.records = records;
    gathered.count += records.length;
    for (const record of records) {
      if (isDeadLetterTopic(record.topic)) {
        gathered.deadLetters.push(record);
        continue;
      }
      const { events, error } =
        this.#decodedNow(record) ?? (await this.#processor.retrying(() => this.#decoded(record)));
      const { topic, partition, offset } = record;
      last.set(record, { topic, partition, offset });
      if (error) {
        gathered.undecodable.push({ record, error });
        batch.skip(record);
      }
      for (const event of events) {
        batch.add(event);
        counts.set(event.type, (counts.get(event.type) ?? 0) + 1);
      }
      if (performance.now() - began < MAX_BLOCKING_MS) continue;
      await yieldToEventLoop();
      began = performance.now();
    }
  }

  /** Undefined where it takes longer, or has to be tried again. */
  #decodedNow(record: StoredRecord): Decoded | undefined {
    try {
      const events = this.#parts.codec.decodeNow(record);
      return events && { events };
    } catch (error) {
      return isUndecodable(error) ? { events: [], error } : undefined;
    }
  }

  async #decoded(record: StoredRecord): Promise<Decoded> {
    try {
      return { events: await this.#parts.codec.decode(record) };
    } catch (error) {
      if (isUndecodable(error)) return { events: [], error };
      throw error;
    }
  }

  /** Writes a batch, dead-letters what could not be decoded, and commits both. */
  async #write(gathered: Gathered, span: Span): Promise<void> {
    const { telemetry } = this.#parts.context;
    const service = this.#parts.service.name;
    const started = performance.now();
    for (const { record, error } of gathered.undecodable) this.#processor.refuse(record, error);
    await this.#processor.retrying(() => gathered.batch.write(), span);
    for (const [type, count] of gathered.events) telemetry.count('eventsHandled', { service, type }, count);
    telemetry.observe('projectionSeconds', { service }, (performance.now() - started) / 1_000);
    for (const position of gathered.last.values()) this.#processor.advance(position);
    for (const record of gathered.deadLetters) await this.#processDeadLetter(record);
    await this.#processor.commit();
  }
}

/** The events in a record, or why it cannot be decoded. */
interface Decoded {
  events: readonly LoggedEvent[];
  error?: EpochlogError;
}

const isUndecodable = (error: unknown): error is EpochlogError =>
  error instanceof EpochlogError && error.code === 'EVENT_UNDECODABLE';

/** Records that were decoded into a batch. */
interface Gathered {
  batch: ProjectedBatch;
  count: number;
  bytes: number;
  /** the first of them */
  records: readonly StoredRecord[];
  /** the last of each partition, dead letters aside */
  last: PartitionMap<Position>;
  /** how many of each type */
  events: Map<string, number>;
  undecodable: { record: StoredRecord; error: EpochlogError }[];
  deadLetters: StoredRecord[];
}
