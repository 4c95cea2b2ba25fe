import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EpochlogError, messageOf, systemCodeOf } from '../../kernel/errors.ts';
import { filesOf, mayBeComplete, SETTLE_MS, type Seen } from '../../services/collector/folder.ts';

/**
 * Which files of a folder are complete: those that were not written to for a while. Each is given once in each of its
 * states, the first by name first.
 */
export class Arrivals {
  readonly #settleMs: number;
  readonly #known = new Map<string, Seen & { readonly since: number; isGiven: boolean }>();

  constructor(settleMs: number) {
    this.#settleMs = settleMs;
  }

  /** @param now milliseconds of a clock that never goes back */
  complete(files: readonly Seen[], now: number): string[] {
    const names = new Set(files.map(({ name }) => name));
    for (const name of this.#known.keys()) if (!names.has(name)) this.#known.delete(name);
    const complete: string[] = [];
    for (const file of files) {
      if (!mayBeComplete(file)) continue;
      const known = this.#known.get(file.name);
      if (!known || known.size !== file.size || known.changedAt !== file.changedAt) {
        this.#known.set(file.name, { ...file, since: now, isGiven: false });
      } else if (!known.isGiven && now - known.since >= this.#settleMs) {
        known.isGiven = true;
        complete.push(file.name);
      }
    }
    return complete.sort();
  }
}

const POLL_MS = 500;

/**
 * The paths of the complete files in a folder, those that are there and those that come, until the signal aborts: then it
 * throws its reason. A folder that is away for a moment is waited for.
 *
 * @throws EpochlogError INPUT_UNREADABLE where there is no such folder at the beginning
 */
export async function* arrivalsIn(
  folder: string,
  signal: AbortSignal,
  { settleMs = SETTLE_MS, pollMs = POLL_MS } = {},
): AsyncGenerator<string, never, undefined> {
  const arrivals = new Arrivals(settleMs);
  await assertWatchable(folder);
  for (;;) {
    const files = await filesOf(folder).catch(() => undefined);
    for (const name of files ? arrivals.complete(files, performance.now()) : []) yield join(folder, name);
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
    signal.throwIfAborted();
  }
}

/** @throws EpochlogError INPUT_UNREADABLE for a folder that cannot be read */
export async function assertWatchable(folder: string): Promise<void> {
  await filesOf(folder).catch((error: unknown) => {
    const why = systemCodeOf(error) === 'ENOENT' ? 'there is no such folder' : messageOf(error);
    throw new EpochlogError('INPUT_UNREADABLE', `cannot watch ${folder}: ${why}`, { cause: error });
  });
}
