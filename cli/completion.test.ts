import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { completionScript, wordsOf } from './completion.ts';
import { wholeProgram } from './program.ts';

const program = await wholeProgram();

/** What bash offers for a line that is being typed. */
function offered(line: string): string[] {
  const words = line.split(' ');
  const script = `${completionScript('bash', program)}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _epochlog; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split('\n');
}

test.each([
  ['epochlog hist', ['history']],
  ['epochlog run com', ['compare']],
  ['epochlog events --sub', ['--subject']],
  ['epochlog --json version e', ['export']],
  ['epochlog history model-a --a', ['']],
])('bash completes `%s`', (line, words) => expect(offered(line)).toEqual(words));

test('fish completes every command and option', () => {
  const lines = completionScript('fish', program).split('\n');
  expect(lines).toHaveLength(wordsOf(program).reduce((sum, { words }) => sum + words.length, 0));
  expect(lines).toContainEqual(expect.stringMatching(/__fish_seen_subcommand_from run.*-a compare/));
});
