import { hash } from 'node:crypto';
import type { Envelope } from './event.ts';
import type { LogRecord } from './ports/log.ts';

/** A span, as W3C trace context names it: 32 and 16 hexadecimal digits. */
export interface SpanContext {
  traceId: string;
  spanId: string;
}

const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-[\da-f]{2}(?:-.*)?$/;

const hex = (id: string) => id.replaceAll('-', '');

/** The span in which a service reacts to an event: a reaction that is repeated has the same one. */
const reactionSpanId = (cause: string, service: string): string =>
  hash('sha256', `${cause}/${service}`).slice(0, 16);

/**
 * The `traceparent` of an event. The trace is its correlation. The span is the reaction that emitted it; of what comes
 * from outside, the publication, which has its id from the event. Undefined for ids that are not UUIDs: they cannot
 * name a trace.
 */
export function traceparentOf({ id, source, correlationId, causationId }: Envelope): string | undefined {
  const spanId = causationId === null ? hex(id).slice(16) : reactionSpanId(causationId, source);
  const header = `00-${hex(correlationId)}-${spanId}-01`;
  return TRACEPARENT.test(header) ? header : undefined;
}

/** Records of one correlation that are published together: in one span, that of the first. */
export function inOneSpan(records: readonly LogRecord[]): LogRecord[] {
  const traceparent = records[0]?.headers.traceparent;
  if (traceparent === undefined) return [...records];
  return records.map((record) => ({ ...record, headers: { ...record.headers, traceparent } }));
}

/** The span that a `traceparent` names; undefined when it is none. */
export function parseTraceparent(header: string | undefined): SpanContext | undefined {
  const [, traceId, spanId] = TRACEPARENT.exec(header ?? '') ?? [];
  return traceId && spanId ? { traceId, spanId } : undefined;
}

/**
 * The span of a service's reaction to a record, and the one that it follows from: its parent, or none where the record
 * names a span of another trace than that of its correlation (`foreign`). Undefined when its ids cannot name a trace.
 */
export function reactionContext(
  service: string,
  headers: Readonly<Record<string, string>>,
): { span: SpanContext; parent?: SpanContext; foreign?: SpanContext } | undefined {
  const { ce_id: id = '', ce_correlationid: correlation = '', traceparent } = headers;
  const span = parseTraceparent(`00-${hex(correlation)}-${reactionSpanId(id, service)}-01`);
  if (!span) return undefined;
  const from = parseTraceparent(traceparent);
  if (!from) return { span };
  return from.traceId === span.traceId ? { span, parent: from } : { span, foreign: from };
}
