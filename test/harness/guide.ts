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
    said.set(line, await (line.startsWith('curl ') ? curl(line, guide) : epochlog(line, guide)));
  }
  return said;
}

async function epochlog(line: string, { home, cwd }: Guide): Promise<string> {
  const [, , ...args] = wordsOf(line);
  const { code, stdout, stderr } = await run(home, args, {}, cwd);
  if (code !== 0 || stderr !== '' || stdout === '') throw new Error(`${line}: ${code} ${stderr}${stdout}`);
  return stdout;
}

/** `curl -s URL`, and with `--json BODY` a POST. */
async function curl(line: string, { url }: Guide): Promise<string> {
  const words = wordsOf(line);
  const address = words.find((word) => word.startsWith(DOCUMENTED_URL));
  if (address === undefined) throw new Error(`${line}: the guides ask ${DOCUMENTED_URL}`);
  const body = words[words.indexOf('--json') + 1];
  const response = await fetch(
    address.replace(DOCUMENTED_URL, url),
    words.includes('--json')
      ? { method: 'POST', headers: { 'content-type': 'application/json' }, body: body ?? '' }
      : {},
  );
  const text = await response.text();
  if (!response.ok) throw new Error(`${line}: ${response.status} ${text}`);
  return text;
}
