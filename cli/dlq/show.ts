import type { DeadLetterDetails } from '../../kernel/dead-letters/details.ts';
import { type Output, printable } from '../output.ts';
import { stateOf } from './list.ts';

/** bytes of a record in the text output; --json has all */
const MAX_BYTES = 256;

/** Prints a dead letter with its event and its attempts, and the next commands. */
export function showDeadLetter(details: DeadLetterDetails, output: Output): void {
  const { deadLetter, headers, attempts } = details;
  output.result(details);
  const line = (name: string, value: string) => output.line(`  ${name.padEnd(10)} ${printable(value)}`);
  output.line(`${deadLetter.id}: ${stateOf(deadLetter)}`);
  line(
    'failed',
    `${new Date(deadLetter.time).toISOString()} in ${deadLetter.service || 'an unknown service'}`,
  );
  if (deadLetter.copies > 1) line('', `in ${deadLetter.copies} processes, each of which redrives it`);
  line('error', `${deadLetter.code}: ${deadLetter.message}`);
  line('step', deadLetter.step === 'decode' ? 'decode the event' : 'react to the event');
  line('event', `${deadLetter.type || 'of no type'} ${deadLetter.subject}`);
  line('original', originalIn(details));
  output.line('\nheaders');
  for (const [name, value] of Object.entries(headers))
    output.line(`  ${printable(name)}: ${printable(value)}`);
  showData(details, output);
  output.line('\nattempts');
  for (const attempt of attempts) {
    const at = new Date(attempt.time).toISOString();
    const error = printable(`${attempt.code}: ${attempt.message}`);
    output.line(`  ${attempt.attempt}  ${at}  ${attempt.id}  ${error}\n     ${stateOf(attempt)}`);
  }
  if (deadLetter.state === 'open') showAdvice(deadLetter.id, output);
}

function originalIn({ deadLetter: { original }, identical }: DeadLetterDetails): string {
  if (!original) return 'unknown: the dead-letter headers are missing';
  const position = `${original.topic}/${original.partition}@${original.offset}`;
  if (identical === null) return `${position}, where there is no record any more`;
  return identical ? `${position}, identical bytes` : `${position}, where the record is DIFFERENT`;
}

function showData({ data, undecodable }: DeadLetterDetails, output: Output): void {
  if (!undecodable) {
    const json = JSON.stringify(data, null, 2).replaceAll(/[\p{Cf}\u007f-\u009f]/gu, '\u{fffd}');
    output.line(`\ndata\n${json.replaceAll(/^/gm, '  ')}`);
    return;
  }
  output.line(`\ndata that cannot be decoded: ${printable(undecodable.message)}`);
  const bytes = undecodable.bytes.slice(0, 2 * MAX_BYTES).match(/.{1,64}/g) ?? ['(none)'];
  for (const row of bytes) output.line(`  ${row}`);
  const more = undecodable.bytes.length / 2 - MAX_BYTES;
  if (more > 0) output.line(`  and ${more} bytes more: --json shows them`);
}

function showAdvice(id: string, output: Output): void {
  output.line(`
what to do
  If the cause was elsewhere (an artifact, a schema, a setting, a defect) and is fixed:
    npx epochlog dlq redrive ${id}
  If the event itself is wrong, append a correct request, then:
    npx epochlog dlq discard ${id} --reason TEXT`);
}
