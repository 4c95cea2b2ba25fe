import type { LetterContents } from '../../kernel/dead-letters/contents.ts';
import { type Output, printable } from '../output.ts';
import { stateOf } from './list.ts';

/** Bytes of a record that are shown to people, from its beginning; with --json all are. */
const MOST_BYTES = 256;

/** All there is to know of a dead letter, and what one can do. */
export function showLetter(contents: LetterContents, output: Output): void {
  const { letter, headers, attempts } = contents;
  output.result(contents);
  const line = (name: string, value: string) => output.line(`  ${name.padEnd(10)} ${printable(value)}`);
  output.line(`${letter.id}: ${stateOf(letter)}`);
  line('set aside', `${new Date(letter.time).toISOString()} by ${letter.service || 'nobody who says so'}`);
  if (letter.copies > 1) line('', `by ${letter.copies} processes, each of which tries it again by itself`);
  line('error', `${letter.code}: ${letter.message}`);
  line('while', letter.step === 'decode' ? 'decoding the event' : 'reacting to the event');
  line('event', `${letter.type || 'of no type'} ${letter.subject}`);
  line('lies at', originalIn(contents));
  output.line('\nheaders');
  for (const [name, value] of Object.entries(headers))
    output.line(`  ${printable(name)}: ${printable(value)}`);
  showData(contents, output);
  output.line('\nattempts');
  for (const attempt of attempts) {
    const at = new Date(attempt.time).toISOString();
    const error = printable(`${attempt.code}: ${attempt.message}`);
    output.line(`  ${attempt.attempt}  ${at}  ${attempt.id}  ${error}\n     ${stateOf(attempt)}`);
  }
  if (letter.state === 'open') showAdvice(letter.id, output);
}

function originalIn({ letter: { original }, identical }: LetterContents): string {
  if (!original) return 'the record does not say where: no service has written it';
  const place = `${original.topic}/${original.partition}@${original.offset}`;
  if (identical === null) return `${place}, where there is no record any more`;
  return identical ? `${place}, the same byte for byte` : `${place}, where the record is ANOTHER one`;
}

function showData({ data, undecodable }: LetterContents, output: Output): void {
  if (!undecodable) {
    const json = JSON.stringify(data, null, 2).replaceAll(/[\p{Cf}\u007f-\u009f]/gu, '\u{fffd}');
    output.line(`\ndata\n${json.replaceAll(/^/gm, '  ')}`);
    return;
  }
  output.line(`\ndata that cannot be decoded: ${printable(undecodable.message)}`);
  const bytes = undecodable.bytes.slice(0, 2 * MOST_BYTES).match(/.{1,64}/g) ?? ['(none)'];
  for (const row of bytes) output.line(`  ${row}`);
  const more = undecodable.bytes.length / 2 - MOST_BYTES;
  if (more > 0) output.line(`  and ${more} bytes more: --json shows them`);
}

function showAdvice(id: string, output: Output): void {
  output.line(`
what to do
  The cause lies elsewhere (an artifact, a schema, a setting, a defect) and is mended:
    npx epochlog dlq retry ${id}
  The data of the event are wrong: they stay as they are. Ask again with the right ones, then
    npx epochlog dlq discard ${id} --reason TEXT`);
}
