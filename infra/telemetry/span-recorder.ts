import type { Attributes } from '@opentelemetry/api';
import type { EpochlogError } from '../../kernel/errors.ts';
import type { Span } from '../../kernel/ports/tracer.ts';
import { SPAN_ATTRIBUTES as ATTR, SPAN_EVENTS } from '../../kernel/telemetry.ts';

/** A step may be tried again for days. */
const MOST_EVENTS = 100;

/** What a step tells of itself while it lasts, for the span that is written at its end. */
export class SpanRecorder implements Span {
  /** milliseconds since the epoch */
  readonly started = Date.now();
  readonly events: { name: string; attributes: Attributes; time: number }[] = [];
  /** why the record was set aside */
  failure: EpochlogError | undefined;
  readonly #from = performance.now();
  #emitted = 0;
  #retries = 0;

  /** Milliseconds since the epoch, never before it started. */
  get now(): number {
    return this.started + performance.now() - this.#from;
  }

  get attributes(): Attributes {
    return {
      ...(this.#emitted > 0 && { [ATTR.emitted]: this.#emitted }),
      ...(this.#retries > 0 && { [ATTR.retries]: this.#retries }),
    };
  }

  emitted(events: number): void {
    this.#emitted += events;
  }

  retried({ code, message }: EpochlogError, waitMs: number): void {
    this.#retries += 1;
    this.#add(SPAN_EVENTS.retry, { [ATTR.error]: code, [ATTR.message]: message, [ATTR.waitMs]: waitMs });
  }

  deadLettered(error: EpochlogError): void {
    this.failure = error;
    this.#add(SPAN_EVENTS.deadLetter, { [ATTR.error]: error.code, [ATTR.message]: error.message });
  }

  #add(name: string, attributes: Attributes): void {
    if (this.events.length < MOST_EVENTS) this.events.push({ name, attributes, time: this.now });
  }
}
