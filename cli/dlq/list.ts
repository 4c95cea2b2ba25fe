import type { DeadLetter } from '../../kernel/dead-letters/dead-letter.ts';
import { type Output, printable, shortened, table } from '../output.ts';

const MESSAGE_WIDTH = 80;

/** Prints one dead letter per line; `found` is their number before the limit. */
export function showList(
  deadLetters: readonly DeadLetter[],
  found: number,
  all: boolean,
  output: Output,
): void {
  for (const deadLetter of deadLetters) output.result(deadLetter);
  if (deadLetters.length === 0) {
    output.line(all ? 'no dead letters' : 'no open dead letters');
    return;
  }
  const headings = ['id', 'time', 'service', 'event', 'subject', 'attempt', 'code', 'message'];
  output.line(
    table(
      all ? [...headings, 'state'] : headings,
      deadLetters.map((deadLetter) => [
        deadLetter.id,
        new Date(deadLetter.time).toISOString(),
        printable(deadLetter.service) || '-',
        printable(deadLetter.type) || '-',
        shortened(printable(deadLetter.subject), MESSAGE_WIDTH / 2),
        deadLetter.attempt,
        printable(deadLetter.code) || '-',
        shortened(printable(deadLetter.message), MESSAGE_WIDTH),
        ...(all ? [stateOf(deadLetter)] : []),
      ]),
    ),
  );
  if (found > deadLetters.length)
    output.line(`${found - deadLetters.length} before these: --limit shows more`);
}

/** The state of a dead letter, with who decided and why. */
export function stateOf({ state, next, decision }: DeadLetter): string {
  const by = decision ? ` by ${printable(decision.requestedBy)}: ${printable(decision.reason)}` : '';
  return `${state === 'failed' ? `failed again as ${next}` : state}${by}`;
}
