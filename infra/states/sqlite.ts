import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../../kernel/logger.ts';
import type { StateStore } from '../../kernel/ports/states.ts';
import { StatesFile } from './file.ts';
import { SavedShard } from './shard.ts';

const DAY_MS = 86_400_000;

/**
 * States in an SQLite database of the folder, which is created: a file for each `code` that saves states, since none is of
 * use to other code; those of others are removed after a day. A damaged file is removed, with a warning: its states are
 * folded again.
 */
export function openStates(folder: string, code: string, logger: Logger): StateStore {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const name = `${code.slice(0, 16)}.db`;
  removeOthers(folder, name);
  const file = new StatesFile(join(folder, name), logger);
  return {
    open: (service, { index, of }) => new SavedShard(file, service, `${index}/${of}`),
    close: () => file.close(),
  };
}

/** Of other code, unless it may still run: during an upgrade, both versions do. */
function removeOthers(folder: string, own: string): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith(own)) continue;
    const path = join(folder, name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (age > DAY_MS) rmSync(path, { force: true, recursive: true });
  }
}
