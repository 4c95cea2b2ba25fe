import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commandWords, createProgram, wholeProgram } from './program.ts';

const NAMES = readdirSync(join(import.meta.dirname, 'commands')).map((file) => file.replace('.ts', ''));

const loaded = async (...args: string[]) =>
  (await createProgram(args)).commands.map((command) => command.name());

test.each(NAMES)('`%s` is loaded alone, from the file of its name', async (name) => {
  expect(await loaded(name)).toEqual([name]);
  expect(await loaded('--json', name, '--model', 'history')).toEqual([name]);
});

test.each([[['--help']], [['help']], [['histroy']], [[]]])(
  '%j shows all commands, and loads none',
  async (args) => {
    expect(await loaded(...args)).toEqual(NAMES);
  },
);

test('the list of commands is that of the commands', async () => {
  expect((await createProgram(['--help'])).helpInformation()).toBe((await wholeProgram()).helpInformation());
});

test('`help history` loads history', async () => {
  expect(await loaded('help', 'history')).toEqual(['history']);
});

test.each([
  [
    ['token', 'create', '--name', 'ci'],
    ['token', 'create'],
  ],
  [
    ['--home', 'run', 'token', '--json', 'create'],
    ['token', 'create'],
  ],
  [['model', 'lst'], ['model']],
  [['promote', 'v1.0.0'], ['promote']],
  [['histroy', 'show'], []],
])('of %j the words that name a command are %j', async (args, words) => {
  expect(commandWords(await createProgram(args), args)).toEqual(words);
});

test('--version loads none', async () => {
  expect(await loaded('--version')).toEqual([]);
});

test.each(NAMES)(
  'the help of `%s`, and of each command in it, has examples and says what it is for',
  async (name) => {
    const [command] = (await createProgram([name])).commands;
    expect(command?.helpGroup()).toMatch(/^[A-Z].*:$/);
    for (const each of [command!, ...command!.commands]) {
      let help = '';
      each.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      const path = each === command ? name : `${name} ${each.name()}`;
      expect(help).toContain(`Examples:\n  npx epochlog ${path}`);
      expect(each.description()).not.toBe('');
    }
  },
);
