import { setImmediate as othersTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Codec } from '../codec.ts';
import { EpochlogError } from '../errors.ts';
import { type Event, type EventType, type Happened, isFact, type NewEvent } from '../event.ts';
import type { Consumer, EventLog, LogRecord, Position, StoredRecord } from '../ports/log.ts';
import type { Span } from '../ports/tracer.ts';
import { typeOf } from '../reader.ts';
import type { Running, Service, ServiceContext } from '../service.ts';
import { countAppended } from '../telemetry.ts';
import { Emitter } from './emitter.ts';
import { inputTopics, recall } from './recall.ts';

const BATCH = 1_000;
/** an insert costs hardly more for so many events than for one */
const PROJECTED_BATCH = 5_000;
/** how long reactions may follow each other before the rest of the process gets its turn */
const TURN_MS = 10;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 10_000;

export interface RunOptions {
  log: EventLog;
  codec: Codec;
  context: ServiceContext;
}

/**
 * Runs a service until its signal aborts: recalls its state (then it is ready), polls, reacts, commits. Rejects when a
 * reaction throws an error that is not in the table; whoever supervises it starts it again.
 */
export async function runService(service: Service, options: RunOptions, onReady: () => void): Promise<void> {
  const { log, codec, context } = options;
  const running = await service.start(context);
  let consumer: Consumer | undefined;
  try {
    consumer = await log.consumer(service.name, await inputTopics(service, log));
    const emitter = new Emitter(service.name, context.clock);
    await recall(service, running, emitter, log, codec);
    onReady();
    await new Loop(service, running, emitter, consumer, options).untilStopped();
  } finally {
    await consumer?.close();
    await running.stop?.();
  }
}

class Loop {
  readonly #service: Service;
  readonly #running: Running;
  readonly #emitter: Emitter;
  readonly #consumer: Consumer;
  readonly #options: RunOptions;
  readonly #reactsTo: (type: string) => boolean;
  readonly #remembers: ReadonlySet<string>;
  /** what the next commit will write, and how far it will move the offsets */
  #outputs: LogRecord[] = [];
  readonly #next = new Map<string, Position>();
  #reacted: string[] = [];

  constructor(service: Service, running: Running, emitter: Emitter, consumer: Consumer, options: RunOptions) {
    this.#service = service;
    this.#running = running;
    this.#emitter = emitter;
    this.#consumer = consumer;
    this.#options = options;
    const types = new Set<string>(service.reactsTo === '*' ? [] : service.reactsTo);
    this.#reactsTo = service.reactsTo === '*' ? () => true : (type) => types.has(type);
    this.#remembers = new Set(service.remembers);
  }

  get #signal(): AbortSignal {
    return this.#options.context.signal;
  }

  async untilStopped(): Promise<void> {
    const { telemetry, tracer } = this.#options.context;
    const limit = this.#running.project ? PROJECTED_BATCH : BATCH;
    while (!this.#signal.aborted) {
      const records = await this.#consumer.poll(limit, this.#signal);
      if (records.length === 0) continue;
      telemetry.observe('batchRecords', { service: this.#service.name }, records.length);
      if (this.#running.project)
        await tracer.batch(this.#service.name, records, (span) => this.#project(records, span));
      else await this.#takeAll(records);
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
    const type = typeOf(record);
    const reacts = type !== undefined && this.#reactsTo(type);
    const remembers = type !== undefined && this.#remembers.has(type) && !this.#isOwnFact(type, record);
    if (reacts || remembers) {
      const event = await (reacts ? this.#reactTraced(record) : this.#decode(record));
      if (event && remembers) this.#running.evolve?.(event);
      this.#advance(record);
      if (reacts && this.#service.effects) await this.#commit();
    } else {
      this.#advance(record);
    }
  }

  #decode(record: StoredRecord, span?: Span): Promise<Event | undefined> {
    return this.#guarded(record, () => this.#options.codec.decode(record), span);
  }

  #reactTraced(record: StoredRecord): Promise<Event | undefined> {
    return this.#options.context.tracer.reaction(this.#service.name, record, async (span) => {
      const event = await this.#decode(record, span);
      if (event) await this.#react(event, record, span);
      return event;
    });
  }

  async #react(event: Event, record: StoredRecord, span: Span): Promise<void> {
    const { telemetry } = this.#options.context;
    const labels = { service: this.#service.name, type: event.type };
    const started = performance.now();
    const react = async () => {
      const identify = this.#emitter.reactionTo(event);
      const emit = (events: readonly NewEvent[]) => {
        const happened = identify(events);
        return { happened, records: happened.map(this.#options.codec.encode) };
      };
      const publishNow = async (...events: readonly NewEvent[]) => {
        const { happened, records } = emit(events);
        if (records.length === 0) return;
        await this.#options.log.append(records);
        countAppended(telemetry, records);
        this.#emitted(event, happened, span);
      };
      const { happened, records } = emit((await this.#running.react?.(event, publishNow)) ?? []);
      this.#outputs.push(...records);
      this.#emitted(event, happened, span);
    };
    await this.#guarded(record, react, span);
    this.#reacted.push(event.id);
    telemetry.count('eventsHandled', labels);
    telemetry.observe('reactionSeconds', labels, (performance.now() - started) / 1_000);
  }

  /** Those were remembered when they were emitted. */
  #isOwnFact(type: EventType, { headers }: StoredRecord): boolean {
    return isFact(type) && headers.ce_source === this.#service.name;
  }

  #emitted(cause: Event, events: readonly Happened[], span: Span): void {
    this.#emitter.emitted(cause, events);
    span.emitted(events.length);
    for (const event of events) {
      const { type } = event;
      this.#options.context.telemetry.count('eventsEmitted', { service: this.#service.name, type });
      if (isFact(type) && this.#remembers.has(type)) this.#running.evolve?.(event);
    }
  }

  async #project(records: readonly StoredRecord[], span: Span): Promise<void> {
    const { telemetry } = this.#options.context;
    const service = this.#service.name;
    const started = performance.now();
    const events: Event[] = [];
    for (const record of records) {
      const event = await this.#decode(record);
      if (event) events.push(event);
      this.#advance(record);
    }
    await this.#retrying(async () => this.#running.project?.(events), span);
    for (const { type } of events) telemetry.count('eventsHandled', { service, type });
    telemetry.observe('projectionSeconds', { service }, (performance.now() - started) / 1_000);
  }

  /** The step, tried again while its error is retriable; a record that can never pass goes to the dead letters. */
  async #guarded<T>(record: StoredRecord, step: () => Promise<T>, span?: Span): Promise<T | undefined> {
    try {
      return await this.#retrying(step, span);
    } catch (error) {
      if (!(error instanceof EpochlogError) || error.retriable) throw error;
      const { logger, telemetry } = this.#options.context;
      const at = `${record.topic}/${record.partition}@${record.offset}`;
      logger.error(
        { service: this.#service.name, code: error.code, at, err: error },
        'event set aside as dead letter',
      );
      telemetry.count('deadLetters', { service: this.#service.name, code: error.code });
      span?.setAside(error);
      this.#outputs.push(deadLetter(record, this.#service.name, error));
      return undefined;
    }
  }

  async #retrying<T>(step: () => Promise<T>, span?: Span): Promise<T> {
    const { logger, telemetry } = this.#options.context;
    for (let wait = FIRST_RETRY_MS; ; wait = Math.min(wait * 2, LAST_RETRY_MS)) {
      try {
        return await step();
      } catch (error) {
        const again = error instanceof EpochlogError && error.retriable && error.code !== 'CONSUMER_FENCED';
        if (!again || this.#signal.aborted) throw error;
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
    this.#next.set(`${topic}/${partition}`, { topic, partition, offset: offset + 1 });
  }

  async #commit(): Promise<void> {
    if (this.#next.size === 0) return;
    const next = [...this.#next.values()];
    const outputs = this.#outputs;
    const { telemetry } = this.#options.context;
    const started = performance.now();
    await this.#retrying(() => this.#consumer.commit(next, outputs));
    telemetry.observe(
      'commitSeconds',
      { service: this.#service.name },
      (performance.now() - started) / 1_000,
    );
    countAppended(telemetry, outputs);
    this.#next.clear();
    this.#outputs = [];
    for (const cause of this.#reacted) this.#emitter.settled(cause);
    this.#reacted = [];
  }
}

/** The record as it was, and beside it who could not take it and why. */
function deadLetter(record: StoredRecord, service: string, error: EpochlogError): LogRecord {
  return {
    topic: `${record.topic}.dlq`,
    key: record.key,
    value: record.value,
    headers: {
      ...record.headers,
      dlq_service: service,
      dlq_code: error.code,
      dlq_message: error.message,
      dlq_partition: String(record.partition),
      dlq_offset: String(record.offset),
    },
  };
}
