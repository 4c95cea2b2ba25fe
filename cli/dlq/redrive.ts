import { setTimeout as sleep } from 'node:timers/promises';
import type { DeadLetter } from '../../kernel/dead-letters/dead-letter.ts';
import { DeadLetterQueue } from '../../kernel/dead-letters/queue.ts';
import type { Session } from '../../operations/session.ts';
import { EXIT } from '../exit.ts';
import { type Output, printable } from '../output.ts';
import { loadServices } from '../services.ts';

const POLL_INTERVAL_MS = 50;

/** Waits until services have processed the redrive records, and prints the outcome: exit code 3 when one failed again. */
export async function followRedrive(
  session: Session,
  requested: readonly DeadLetter[],
  output: Output,
): Promise<void> {
  const services = await loadServices();
  const uncommitted = new Set(services.filter(({ runs }) => runs === 'everywhere').map(({ name }) => name));
  if (requested.some(({ service }) => uncommitted.has(service))) {
    await session.quiet(services.map(({ name }) => name).filter((name) => !uncommitted.has(name)));
  }
  const { queue, deadLetters } = await untilProcessed(session, requested, uncommitted, output);
  for (const deadLetter of deadLetters) {
    const again = deadLetter.next === null ? null : queue.find(deadLetter.next);
    output.result({ ...deadLetter, again });
    output.line(`${deadLetter.id}: ${outcomeOf(deadLetter, again, uncommitted)}`);
  }
  if (deadLetters.some(({ state }) => state === 'failed')) process.exitCode = EXIT.refused.code;
}

/** Prints requested redrives, without waiting for the services. */
export function showRequested(requested: readonly DeadLetter[], output: Output): void {
  for (const deadLetter of requested) {
    output.result({ ...deadLetter, again: null });
    output.line(`${deadLetter.id}: redriving; ${deadLetter.service} processes the event again when it runs`);
  }
}

/** Polls until each service has committed its redrive records; services in `uncommitted` commit no offsets. */
async function untilProcessed(
  { log, codec, signal }: Session,
  requested: readonly DeadLetter[],
  uncommitted: ReadonlySet<string>,
  output: Output,
): Promise<{ queue: DeadLetterQueue; deadLetters: DeadLetter[] }> {
  const queue = new DeadLetterQueue(log, codec);
  for (;;) {
    const started = performance.now();
    await queue.refresh();
    const deadLetters = requested.map(({ id }) => queue.find(id));
    const waiting = deadLetters.filter(
      ({ state, service }) => state === 'redriving' && !uncommitted.has(service),
    );
    if (waiting.length === 0) return { queue, deadLetters };
    const names = [...new Set(waiting.map(({ service }) => service))].join(', ');
    const processed = deadLetters.length - waiting.length;
    output.progress(`${processed} of ${deadLetters.length} processed, waiting for ${names}`);
    await sleep(Math.max(POLL_INTERVAL_MS, performance.now() - started), undefined, { signal });
  }
}

function outcomeOf(
  deadLetter: DeadLetter,
  again: DeadLetter | null,
  uncommitted: ReadonlySet<string>,
): string {
  if (again) return `failed again as ${again.id}: ${printable(`${again.code}: ${again.message}`)}`;
  if (uncommitted.has(deadLetter.service))
    return `redriving; each process of ${deadLetter.service} processes the event again, and appends a dead letter if it fails`;
  return 'redriven';
}
