import type { LoggedEvent } from './event.ts';
import { streamOfTopic } from './topics.ts';

/** A row of the table `events`. */
export const rowOf = (event: LoggedEvent) => ({
  topic: event.topic,
  partition: event.partition,
  offset: event.offset,
  id: event.id,
  type: event.type,
  stream: streamOfTopic(event.topic),
  subject: event.subject,
  source: event.source,
  time: event.time,
  sequence: event.sequence,
  correlation_id: event.correlationId,
  causation_id: event.causationId ?? '',
  data: JSON.stringify(event.data),
});
