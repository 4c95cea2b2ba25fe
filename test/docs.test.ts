import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { EXIT } from '../cli/exit.ts';
import { wholeProgram } from '../cli/program.ts';
import { ERRORS } from '../kernel/errors.ts';
import { completeParameters, engineNames } from '../ml/engines.ts';
import { METRICS } from '../ml/metrics/catalogue.ts';
import packageJson from '../package.json' with { type: 'json' };
import { isRead, variablesIn } from './harness/variables.ts';

/** What the documentation says is so. */

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const captured = (text: string, pattern: RegExp) =>
  Array.from(text.matchAll(pattern), ([, found = '']) => found);
const unique = (texts: readonly string[]) => [...new Set(texts)].sort();

const documents = globSync(['*.md', 'docs/**/*.md', 'test/**/*.md'], { cwd: root }).sort();
/** calls that are wrong on purpose; another test types them */
const WRONG = 'docs/bad-input.md';
const program = await wholeProgram();

test.each(documents)('the links of %s lead somewhere', (document) => {
  const links = captured(read(document), /\]\(([^)\s]+)\)/g).filter((link) => !/^https?:/.test(link));
  const dead = links.filter((link) => {
    const [path = '', anchor] = link.split('#');
    const file = path === '' ? document : normalize(join(dirname(document), path));
    return !existsSync(join(root, file)) || (anchor !== undefined && !anchors(read(file)).includes(anchor));
  });
  expect(dead).toEqual([]);
});

test('the guide of evaluation has every metric', () => {
  const rows = captured(read('docs/evaluation.md'), /^\| `(\w+)` \| (?:higher|lower) /gm);
  expect(unique(rows)).toEqual(unique(Object.keys(METRICS)));
});

test('the index of the documentation names every page', () => {
  const linked = captured(read('docs/README.md'), /\]\(([^)#\s]+)/g).map((link) => join('docs', link));
  const pages = documents.filter((path) => /^docs\/(reference\/)?[\w-]+\.md$/.test(path));
  expect(pages.filter((path) => path !== 'docs/README.md' && !linked.includes(path))).toEqual([]);
});

/** As GitHub makes them of headings. */
const anchors = (text: string) =>
  captured(text, /^#+ (.+)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\d\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** Calls of the program that somebody is told of, without its name: in the documentation, and in what it prints. */
function calls(): string[] {
  const told = [
    ...documents.filter((path) => path !== WRONG),
    ...globSync('{cli,infra,kernel,services}/**/*.ts', { cwd: root }),
  ].flatMap((path) => [
    ...captured(read(path), /npx epochlog +([a-z].*?)(?:`|'|\n| {3})/g),
    ...captured(read(path), /`epochlog ([a-z][^`$\\]*)\\?`/g),
  ]);
  return unique(told);
}

/** The command that a call names, word by word: `topics apply` is `apply` of `topics`. */
function commandOf(call: string): { path: string; command: Command } | undefined {
  let [command, path] = [program, ''];
  for (const word of call.split(' ')) {
    const next = command.commands.find((candidate) => candidate.name() === word);
    if (!next) break;
    [command, path] = [next, `${path} ${word}`.trim()];
  }
  const { commands, registeredArguments, options } = command;
  const isOne = commands.length === 0 || registeredArguments.length > 0 || options.length > 0;
  return path !== '' && isOne ? { path, command } : undefined;
}

const optionsOf = (command: Command) => ['--help', ...command.options.map(({ long }) => long)];

test.each(calls())('there is `epochlog %s`', (call) => {
  const found = commandOf(call);
  expect(found).toBeDefined();
  expect(optionsOf(found!.command)).toEqual(expect.arrayContaining(captured(call, /(--[a-z-]+)/g)));
});

test.each(Object.entries(ERRORS))('the exit code of %s is explained', (_, { exit }) => {
  expect(Object.values<{ code: number }>(EXIT).map(({ code }) => code)).toContain(exit);
});

test.each(unique(documents.flatMap((path) => captured(read(path), /`?npm run ([a-z:]+)/g))))(
  'there is `npm run %s`',
  (script) => {
    expect(Object.keys(packageJson.scripts)).toContain(script);
  },
);

const variables = unique(documents.flatMap((path) => variablesIn(read(path))));

test.each(variables)('%s is read', (variable) => {
  expect(isRead(variable)).toBe(true);
  expect(isRead(`${variable}_NOT`)).toBe(false);
});

test('every promise names tests that are there', () => {
  const proofs = [...read('docs/guarantees.md').matchAll(/^- \[(.+?\.ts)\]\(.+?\): (.+)$/gm)];
  expect(proofs.length).toBeGreaterThan(30);
  const missing = proofs.flatMap(([, file = '', titles = '']) =>
    captured(titles, /"(.+?)"/g)
      .filter((title) => !isQuoted(read(file), title))
      .map((title) => `${file}: ${title}`),
  );
  expect(missing).toEqual([]);
});

/** Whether a line holds the text within quotes, of which titles are made. */
const isQuoted = (source: string, text: string) =>
  new RegExp(`(['"\`])(?:(?!\\1).)*${RegExp.escape(text)}`).test(source);

test.each(engineNames())('engines.md names the parameters of %s, and their defaults', (name) => {
  const [, section = ''] = read('docs/engines.md').split(`\n### \`${name}\`\n`);
  const rows = captured(section.split('\n#')[0]!, /^\| (`.+?`.*?) \| (?:.+?) \|/gm);
  const defaults = captured(section.split('\n#')[0]!, /^\| `.+?`.*? \| (.+?) \|/gm);
  const named = rows.flatMap((row, at) => {
    const values = defaults[at]!.split(', ').map((text) =>
      /^([\d[]|true$|false$)/.test(text) ? JSON.parse(text) : text,
    );
    return captured(row, /`(\w+)`/g).map((parameter, i) => [parameter, values[i]] as const);
  });
  expect(Object.fromEntries(named)).toEqual(completeParameters(name, {}));
});
