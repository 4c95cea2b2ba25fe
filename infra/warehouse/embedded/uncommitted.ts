import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { systemCodeOf } from '../../../kernel/errors.ts';

const LOGS = 'deduplication_logs';
/** A line of a deduplication log: operation (1: a part was added, 2: it was dropped), part, token. */
const ADDED = '1';
const DROPPED = '2';
/** The newest logs of a table: the last one may have just been begun. */
const MAX_LOGS = 2;
/** An engine that is alive names a part within this after its token. */
const NAMED_WITHIN_MS = 100;

/**
 * Drops tokens of blocks that were never committed, from the tables below a data directory that no engine uses. ClickHouse
 * writes the token of a block before it gives the block's part its name (`MergeTreeSink::commitPart`): killed in between, it
 * would take the repeated block for one that it has, and lose its rows. Returns how many were dropped.
 */
export async function dropUncommitted(data: string): Promise<number> {
  let dropped = 0;
  for (const table of await tablesIn(join(data, 'store'))) {
    if ((await uncommittedIn(table)).length === 0) continue;
    await delay(NAMED_WITHIN_MS); // the former engine may be about to end
    for (const { log, text, tokens } of await uncommittedIn(table)) {
      const left = text.split('\n').filter((line) => !tokens.has(line));
      await writeFile(`${log}.new`, left.join('\n'));
      await rename(`${log}.new`, log);
      dropped += tokens.size;
    }
  }
  return dropped;
}

/** Folders of the tables that have a deduplication log. */
async function tablesIn(store: string): Promise<string[]> {
  const tables: string[] = [];
  for (const group of await namesIn(store)) {
    for (const table of await namesIn(join(store, group))) {
      const folder = join(store, group, table);
      if ((await namesIn(folder)).includes(LOGS)) tables.push(folder);
    }
  }
  return tables;
}

interface Uncommitted {
  log: string;
  text: string;
  /** its lines to drop */
  tokens: ReadonlySet<string>;
}

/** The lines of the newest logs of a table whose part is not there, nor in one that was merged from it. */
async function uncommittedIn(table: string): Promise<Uncommitted[]> {
  const logs = (await namesIn(join(table, LOGS)))
    .filter((name) => /^deduplication_log_\d+\.txt$/.test(name))
    .sort((a, b) => numberIn(a) - numberIn(b))
    .slice(-MAX_LOGS);
  const texts = await Promise.all(
    logs.map(async (name) => ({
      log: join(table, LOGS, name),
      text: await readFile(join(table, LOGS, name), 'utf8'),
    })),
  );
  const parts = (await namesIn(table)).flatMap((name) => partOf(name) ?? []);
  const lines = texts.flatMap(({ text }) => text.split('\n').map((line) => line.split('\t')));
  const droppedTokens = new Set(
    lines.flatMap(([operation, , token]) => (operation === DROPPED ? [token] : [])),
  );
  const isUncommitted = (line: string): boolean => {
    const [operation, name = '', token] = line.split('\t');
    const part = partOf(name);
    return (
      operation === ADDED &&
      part !== undefined &&
      !droppedTokens.has(token) &&
      !parts.some((other) => isIn(part, other))
    );
  };
  return texts.flatMap(({ log, text }) => {
    const tokens = new Set(text.split('\n').filter(isUncommitted));
    return tokens.size > 0 ? [{ log, text, tokens }] : [];
  });
}

const numberIn = (name: string): number => Number(/\d+/.exec(name)?.[0]);

interface Part {
  partition: string;
  first: number;
  last: number;
}

/** Of a name such as `all_3_7_1`: partition, first and last block, level. */
function partOf(name: string): Part | undefined {
  const [, partition, first, last] = /^([^_]+)_(\d+)_(\d+)_\d+(?:_\d+)?$/.exec(name) ?? [];
  return partition === undefined ? undefined : { partition, first: Number(first), last: Number(last) };
}

const isIn = (part: Part, other: Part): boolean =>
  part.partition === other.partition && part.first >= other.first && part.last <= other.last;

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT' || systemCodeOf(error) === 'ENOTDIR') return [];
    throw error;
  }
}
