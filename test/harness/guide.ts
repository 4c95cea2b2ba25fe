import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './command.ts';

/** A guide of docs/, and where its commands run. */
export interface Guide {
  /** name of its file, without `.md` */
  readonly name: string;
  readonly home: string;
  /** the folder in which the reader is */
  readonly cwd: string;
  /** base URL of the services that the reader has started */
  readonly url: string;
  /** calls of curl that may be answered with a problem, since what they are about is not there for the reader either */
  readonly mayFail?: RegExp;
}

const DOCUMENTED_URL = 'http://127.0.0.1:8800';
/** A shell starts these, or the reader in another terminal. */
const NOT_RUN = /^(npm|git) |^npx epochlog up$/;

export const readGuide = (name: string): Promise<string> =>
  readFile(join(import.meta.dirname, '../../docs', `${name}.md`), 'utf8');

/** The blocks of code in a language. */
export const blocksOf = (language: string, document: string): string[] =>
  Array.from(document.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g')), ([, block]) =>
    block!.trim(),
  );

/** A line as a shell has its words. */
export const wordsOf = (line: string): string[] =>
  line.match(/'[^']*'|\S+/g)!.map((word) => word.replace(/^'|'$/g, ''));

/**
 * Runs the commands of a guide word for word, those of its blocks of `sh`; what each said, by its line. Throws at the first
 * one that fails, or that says something on standard error.
 */
export async function runGuide(guide: Guide): Promise<Map<string, string>> {
  const lines = blocksOf('sh', await readGuide(guide.name))
    .join('\n')
    .split('\n');
  const said = new Map<string, string>();
  for (const line of lines.filter((candidate) => !NOT_RUN.test(candidate))) {
    said.set(line, await (line.startsWith('curl ') ? curl(line, guide) : runCommand(line, guide)));
  }
  return said;
}

/** Runs a command, before which variables may be set. Throws when it fails, or says something on standard error. */
export async function runCommand(line: string, { home, cwd }: Pick<Guide, 'home' | 'cwd'>): Promise<string> {
  const words = wordsOf(line);
  const isSet = (word: string) => /^[A-Z_]+=/.test(word);
  const [, , ...args] = words.slice(words.findIndex((word) => !isSet(word)));
  const set = words.filter(isSet).map((word) => [word.split('=')[0]!, word.slice(word.indexOf('=') + 1)]);
  const { code, stdout, stderr } = await run(home, args, Object.fromEntries(set), cwd);
  if (code !== 0 || stderr !== '' || stdout === '') throw new Error(`${line}: ${code} ${stderr}${stdout}`);
  return stdout;
}

/** `curl -s URL`, with `--json BODY` or `--data-binary BODY` a POST; of a stream (`-N`) what comes first. */
async function curl(line: string, { url, mayFail }: Guide): Promise<string> {
  const words = wordsOf(line);
  const address = words.find((word) => word.startsWith(DOCUMENTED_URL));
  if (address === undefined) throw new Error(`${line}: the guides ask ${DOCUMENTED_URL}`);
  const given = (option: string) => (words.includes(option) ? words[words.indexOf(option) + 1] : undefined);
  const json = given('--json');
  const body = json ?? given('--data-binary');
  const [name, value = ''] = given('-H')?.split(': ') ?? [];
  const type = json === undefined ? 'application/x-www-form-urlencoded' : 'application/json'; // as curl says itself
  const response = await fetch(address.replace(DOCUMENTED_URL, url), {
    method: given('-X') ?? (body === undefined ? 'GET' : 'POST'),
    headers: { ...(body !== undefined && { 'content-type': type }), ...(name && { [name]: value }) },
    ...(body !== undefined && { body }),
  });
  const text = words.includes('-sN') ? await firstOf(response) : await response.text();
  const isExpected = mayFail?.test(line) === true && response.status < 500;
  if (!response.ok && !isExpected) throw new Error(`${line}: ${response.status} ${text}`);
  return text;
}

/** The first chunk of an answer without an end. */
async function firstOf({ body }: Response): Promise<string> {
  for await (const chunk of body ?? []) return new TextDecoder().decode(chunk);
  return '';
}
