import type { Store } from '../../cli/store.ts';
import { type NewEvent, ownerOf, streamOf, subjectOf } from '../../kernel/event.ts';
import { newId } from '../../kernel/ids.ts';

/** Appends a fact as the service that owns its stream would; for tests that run without that service. */
export async function appendFact({ log, codec }: Store, fact: NewEvent, sequence = 1): Promise<void> {
  const time = Date.now();
  const id = newId(time);
  const envelope = {
    id,
    source: ownerOf(streamOf(fact.type)),
    subject: subjectOf(fact),
    time,
    sequence,
    correlationId: id,
    causationId: null,
  };
  await log.append([codec.encode({ ...envelope, ...fact })]);
}
