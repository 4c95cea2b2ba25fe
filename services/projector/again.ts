import type { Event } from '../../kernel/event.ts';
import type { ServiceContext } from '../../kernel/service.ts';
import { rowOf } from './rows.ts';

/**
 * Writes an event into the projections by itself, in its own place: nobody could decode it when its batch was written.
 * A warehouse that has filled itself from the log since then has it already.
 *
 * An insert that was interrupted may have reached the table and not all views, so that the row alone does not tell
 * whether it is to be repeated. So it is written down first, in `projector_again`, that it is this insert that brings
 * the row; whoever finds that repeats it under the same token.
 */
export async function takeAgain(
  event: Event,
  { warehouse, query }: Pick<ServiceContext, 'warehouse' | 'query'>,
): Promise<void> {
  const { topic, partition, offset } = event;
  const place = { topic, partition, offset };
  const token = `again/${topic}/${partition}/${offset}`;
  const [found] = await query<{ begun: 0 | 1; there: 0 | 1 }>('projector/again', place);
  if (found?.there && !found.begun) return;
  if (!found?.begun) await warehouse.insert('projector_again', [place], token);
  await warehouse.insert('events', [rowOf(event)], token);
}
