import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EpochlogError, systemCodeOf } from '../../kernel/errors.ts';

/** The folder of the migrations and the named queries. */
export const PROJECTIONS = join(import.meta.dirname, '../../projections');

/** One numbered file of a projection: `<question>/NNN_name.sql`. */
export interface Migration {
  /** path within the folder of projections; identifies the migration */
  file: string;
  sha256: string;
  /** hashes of earlier texts with the same effect: where one of them was applied, this one counts as applied */
  supersedes: readonly string[];
  statements: readonly string[];
  /** names of the tables and views that its statements create, in order */
  creates: readonly string[];
}

/** The projection of every event; its migrations come first. */
const FIRST = 'events';

/**
 * The migrations under a folder of projections, in the order to apply them: `events` first, then by name of folder, then
 * by number. WAREHOUSE_MIGRATION for a name that is not
 * NNN_name.sql or a number used twice.
 */
export async function readMigrations(root: string): Promise<Migration[]> {
  const migrations: Migration[] = [];
  for (const question of await foldersOf(root)) {
    const names = (await readdir(join(root, question))).filter((name) => name.endsWith('.sql')).sort();
    checkNumbers(question, names);
    for (const name of names) {
      migrations.push(
        parseMigration(`${question}/${name}`, await readFile(join(root, question, name), 'utf8')),
      );
    }
  }
  return migrations;
}

/** The named queries, `<question>/queries/<name>.sql`, by `<question>/<name>`. */
export async function loadQueries(root: string): Promise<Map<string, string>> {
  const queries = new Map<string, string>();
  for (const question of await foldersOf(root)) {
    const folder = join(root, question, 'queries');
    for (const name of await readdir(folder).catch(noneIfMissing)) {
      if (!name.endsWith('.sql')) continue;
      queries.set(`${question}/${name.slice(0, -'.sql'.length)}`, await readFile(join(folder, name), 'utf8'));
    }
  }
  return queries;
}

/**
 * Statements end with `;` at the end of a line; comment lines are ignored, except `-- supersedes SHA256`, the hash of an
 * earlier text of the file with the same effect.
 */
export function parseMigration(file: string, text: string): Migration {
  const statements = text
    .replace(/^\s*--.*$/gm, '')
    .split(/;[ \t]*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
  const creates = statements.flatMap((statement) => CREATE.exec(statement)?.[1] ?? []);
  const sha256 = createHash('sha256').update(text).digest('hex');
  const supersedes = [...text.matchAll(SUPERSEDES)].flatMap(([, hash]) => hash ?? []);
  return { file, sha256, supersedes, statements, creates };
}

const SUPERSEDES = /^-- supersedes ([0-9a-f]{64})$/gm;

const CREATE = /^CREATE\s+(?:TABLE|MATERIALIZED\s+VIEW|VIEW)\s+(?:IF\s+NOT\s+EXISTS\s+)?[`"]?(\w+)/i;

/** The table that a statement inserts into; undefined for other statements. */
export const insertedInto = (statement: string): string | undefined =>
  /^\s*INSERT\s+INTO\s+(?:TABLE\s+)?[`"]?(\w+)/i.exec(statement)?.[1];

async function foldersOf(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return names.sort((a, b) => Number(b === FIRST) - Number(a === FIRST) || (a < b ? -1 : 1));
}

function checkNumbers(question: string, names: readonly string[]): void {
  const numbers = new Set<string>();
  for (const name of names) {
    const number = /^(\d{3})_\w+\.sql$/.exec(name)?.[1];
    if (number === undefined || numbers.has(number)) {
      const reason =
        number === undefined ? 'is not named NNN_name.sql' : `uses the number ${number} a second time`;
      throw new EpochlogError('WAREHOUSE_MIGRATION', `${question}/${name} ${reason}`);
    }
    numbers.add(number);
  }
}

function noneIfMissing(error: unknown): string[] {
  if (systemCodeOf(error) === 'ENOENT') return [];
  throw error;
}
