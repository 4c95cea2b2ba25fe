import type { DeadLetter } from '../../kernel/dead-letters/letter.ts';
import { type Output, printable, shortened, table } from '../output.ts';

const MESSAGE_WIDTH = 80;

/** Dead letters, one on each line; `found` are those there are. */
export function showList(letters: readonly DeadLetter[], found: number, all: boolean, output: Output): void {
  for (const letter of letters) output.result(letter);
  if (letters.length === 0) {
    output.line(all ? 'no dead letters' : 'no open dead letters');
    return;
  }
  const headings = ['id', 'set aside', 'service', 'event', 'subject', 'attempt', 'code', 'message'];
  output.line(
    table(
      all ? [...headings, 'state'] : headings,
      letters.map((letter) => [
        letter.id,
        new Date(letter.time).toISOString(),
        printable(letter.service) || '-',
        printable(letter.type) || '-',
        shortened(printable(letter.subject), MESSAGE_WIDTH / 2),
        letter.attempt,
        printable(letter.code) || '-',
        shortened(printable(letter.message), MESSAGE_WIDTH),
        ...(all ? [stateOf(letter)] : []),
      ]),
    ),
  );
  if (found > letters.length) output.line(`${found - letters.length} before these: --limit shows more`);
}

/** What has become of a dead letter, in a few words. */
export function stateOf({ state, next, decision }: DeadLetter): string {
  const by = decision ? ` by ${printable(decision.requestedBy)}: ${printable(decision.reason)}` : '';
  switch (state) {
    case 'open':
      return 'open';
    case 'ordered':
      return `to be tried again${by}`;
    case 'done':
      return `tried again, done${by}`;
    case 'failed':
      return `failed again as ${next}${by}`;
    case 'discarded':
      return `discarded${by}`;
  }
}
