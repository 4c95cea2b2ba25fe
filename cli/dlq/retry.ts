import { setTimeout as sleep } from 'node:timers/promises';
import { LetterBook } from '../../kernel/dead-letters/book.ts';
import type { DeadLetter } from '../../kernel/dead-letters/letter.ts';
import type { Session } from '../../operations/session.ts';
import { EXIT } from '../exit.ts';
import { type Output, printable } from '../output.ts';
import { loadServices } from '../services.ts';

const FOLLOW_INTERVAL_MS = 50;

/**
 * Waits until services have taken the events that they were ordered to take once more, and tells how that ended: with
 * exit code 3 when one has failed again.
 */
export async function follow(
  session: Session,
  ordered: readonly DeadLetter[],
  output: Output,
): Promise<void> {
  const services = await loadServices();
  const untold = new Set(services.filter(({ runs }) => runs === 'everywhere').map(({ name }) => name));
  if (ordered.some(({ service }) => untold.has(service))) {
    await session.quiet(services.map(({ name }) => name).filter((name) => !untold.has(name)));
  }
  const { book, letters } = await taken(session, ordered, untold, output);
  for (const letter of letters) {
    const again = letter.next === null ? null : book.find(letter.next);
    output.result({ ...letter, again });
    output.line(`${letter.id}: ${howItEnded(letter, again, untold)}`);
  }
  if (letters.some(({ state }) => state === 'failed')) process.exitCode = EXIT.refused.code;
}

/** What was ordered, when nobody waits for it. */
export function showOrders(ordered: readonly DeadLetter[], output: Output): void {
  for (const letter of ordered) {
    output.result({ ...letter, again: null });
    output.line(`${letter.id}: ordered; ${letter.service} takes the event once more when it runs`);
  }
}

/** The letters once their services have taken the events, in so far as these tell. */
async function taken(
  { log, codec, signal }: Session,
  ordered: readonly DeadLetter[],
  untold: ReadonlySet<string>,
  output: Output,
): Promise<{ book: LetterBook; letters: DeadLetter[] }> {
  const book = new LetterBook(log, codec);
  for (;;) {
    const asked = performance.now();
    await book.refresh();
    const letters = ordered.map(({ id }) => book.find(id));
    const waiting = letters.filter(({ state, service }) => state === 'ordered' && !untold.has(service));
    if (waiting.length === 0) return { book, letters };
    const names = [...new Set(waiting.map(({ service }) => service))].join(', ');
    output.progress(`${letters.length - waiting.length} of ${letters.length} taken, waiting for ${names}`);
    await sleep(Math.max(FOLLOW_INTERVAL_MS, performance.now() - asked), undefined, { signal });
  }
}

function howItEnded(letter: DeadLetter, again: DeadLetter | null, untold: ReadonlySet<string>): string {
  if (again) return `failed again as ${again.id}: ${printable(`${again.code}: ${again.message}`)}`;
  if (untold.has(letter.service))
    return `ordered; each process of ${letter.service} takes the event once more, what fails again is set aside again`;
  return 'done';
}
