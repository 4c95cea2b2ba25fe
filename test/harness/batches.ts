import type { LoggedEvent, NewEvent } from '../../kernel/event.ts';
import type { ProjectedBatch } from '../../kernel/service.ts';

/** The batches of a projector that takes all events of one at a time. */
export const batchesFor =
  <E extends NewEvent>(project: (events: readonly LoggedEvent<E>[]) => Promise<void>) =>
  async (): Promise<ProjectedBatch<E>> => {
    const events: LoggedEvent<E>[] = [];
    return { add: (event) => void events.push(event), skip() {}, write: () => project(events) };
  };
