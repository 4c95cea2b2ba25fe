import { loadServices } from '../../cli/services.ts';
import { openStore } from '../../cli/store.ts';
import { readConfig } from '../../infra/config/config.ts';
import { topologyOf } from '../../kernel/runtime/topology.ts';
import { CATALOGUE, type RecordedEvent } from '../../schemas/catalogue.ts';
import type { Paper } from '../../tasks/arxiv/paper.ts';
import { facts } from './facts.ts';

const APPEND = 1_000;

/**
 * Fills a home with so many events of papers, three of each (see `facts`), which all services but the projector have
 * processed. Returns one event's id.
 */
export const fillHome = (home: string, count: number, papers: readonly Paper[]): Promise<string> =>
  appendTo(home, count, facts(papers));

/** Appends events, which all services but the projector have processed then. Returns one event's id. */
export async function appendTo(
  home: string,
  count: number,
  all: Generator<RecordedEvent, never>,
): Promise<string> {
  const store = await openStore(readConfig({ home }, {}), 'bench');
  const { log, codec } = store;
  let id = '';
  for (let appended = 0; appended < count; appended += APPEND) {
    const events = Array.from({ length: Math.min(APPEND, count - appended) }, () => all.next().value);
    id = events[0]!.id;
    await log.append(events.map(codec.encode));
  }
  for (const service of await loadServices()) {
    if (service.runs === 'everywhere') continue;
    const { consumed } = await topologyOf(service, log, CATALOGUE);
    const consumer = await log.consumer(service.name, consumed);
    await consumer.commit(await log.endOffsets(consumed), []);
    await consumer.close();
  }
  await store.close();
  return id;
}
