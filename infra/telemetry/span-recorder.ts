import type { Attributes } from '@opentelemetry/api';
import type { EpochlogError } from '../../kernel/errors.ts';
import type { Span } from '../../kernel/ports/tracer.ts';
import { SPAN_ATTRIBUTES as ATTR, SPAN_EVENTS } from '../../kernel/telemetry.ts';

/** a step may be retried for days */
const MAX_EVENTS = 100;

/** Records a step in progress, for the span that is written at its end. */
export class SpanRecorder implements Span {
  /** milliseconds since the epoch */
  readonly started = Date.now();
  readonly events: { name: string; attributes: Attributes; time: number }[] = [];
  /** the error of a dead letter */
  failure: EpochlogError | undefined;
  readonly #from = performance.now();
  #emitted = 0;
  #retries = 0;

  /** Milliseconds since the epoch, not before `started`. */
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
    if (this.events.length < MAX_EVENTS) this.events.push({ name, attributes, time: this.now });
  }
}
