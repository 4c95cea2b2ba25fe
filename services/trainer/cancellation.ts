import { type EventReader, type LoggedEvent, type NewEvent, newEvent } from '../../schemas/catalogue.ts';

/** The end of a run that was cancelled: by the first request after its own, which is in the same partition. */
export async function cancellationOf(
  { topic, partition, offset, data: { runId, model } }: LoggedEvent<'TrainingRequested'>,
  events: EventReader,
): Promise<NewEvent> {
  const ends = await events.endOffsets(['runs']);
  const end = ends.find((position) => position.topic === topic && position.partition === partition);
  for await (const record of events.range({ topic, partition, offset: offset + 1 }, end?.offset ?? 0)) {
    if (record.key !== runId || record.headers.ce_type !== 'RunCancelRequested') continue;
    for (const event of await events.decode(record)) {
      if (event.type !== 'RunCancelRequested') continue;
      const { reason, requestedBy } = event.data;
      return newEvent('RunCancelled', { runId, model, requestId: event.id, reason, requestedBy });
    }
  }
  throw new Error(`nothing cancels run ${runId}`);
}
