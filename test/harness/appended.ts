import { openStore } from '../../cli/store.ts';
import { readConfig } from '../../infra/config/config.ts';
import { ALL_STREAMS, type EventType } from '../../schemas/catalogue.ts';

/** Resolves when the next event of a type is in the log of a home. */
export async function appended(home: string, type: EventType): Promise<void> {
  const { events, close } = await openStore(readConfig({ home }, {}), 'test');
  const { signal } = new AbortController();
  for await (const { headers } of events.follow(await events.endOffsets(ALL_STREAMS), signal)) {
    if (headers.ce_type === type) break;
  }
  await close();
}
