import { EpochlogError } from './errors.ts';
import type { Envelope } from './event.ts';
import type { EventId } from './ids.ts';
import { traceparentOf } from './trace-context.ts';

type Headers = Readonly<Record<string, string>>;

/** CloudEvents 1.0, Kafka binary mode: the envelope as record headers, and the span that the event was written in. */
export function toHeaders(type: string, envelope: Envelope): Record<string, string> {
  const traceparent = traceparentOf(envelope);
  return {
    'content-type': 'application/avro',
    ce_specversion: '1.0',
    ce_id: envelope.id,
    ce_source: envelope.source,
    ce_type: type,
    ce_subject: envelope.subject,
    ce_time: new Date(envelope.time).toISOString(),
    ce_sequence: String(envelope.sequence),
    ce_correlationid: envelope.correlationId,
    ...(envelope.causationId === null ? {} : { ce_causationid: envelope.causationId }),
    ...(envelope.instant === undefined ? {} : { ce_instant: new Date(envelope.instant).toISOString() }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

/** The envelope in a record's headers. EVENT_UNDECODABLE when one that must be there is not, or is no time or number. */
export function fromHeaders(headers: Headers): Envelope {
  const need = (name: string): string => {
    const value = headers[name];
    if (value === undefined)
      throw new EpochlogError('EVENT_UNDECODABLE', `a record lacks the header ${name}`);
    return value;
  };
  const number = (name: string, value: number, least = 0): number => {
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw new EpochlogError(
      'EVENT_UNDECODABLE',
      `a record has ${JSON.stringify(need(name).slice(0, 100))} as its header ${name}`,
    );
  };
  return {
    id: need('ce_id') as EventId,
    source: need('ce_source'),
    subject: need('ce_subject'),
    time: number('ce_time', Date.parse(need('ce_time'))),
    sequence: number('ce_sequence', Number(need('ce_sequence'))),
    correlationId: need('ce_correlationid'),
    causationId: headers.ce_causationid ?? null,
    ...(headers.ce_instant !== undefined && {
      instant: number('ce_instant', Date.parse(headers.ce_instant), Number.NEGATIVE_INFINITY),
    }),
  };
}
