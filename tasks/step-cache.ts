import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const FOLDER = 'steps';
const KEY = /^[0-9a-f]{64}$/;

const headSchema = z.object({
  step: z.enum(['training', 'evaluation', 'sealing']),
  /** of what was done: a run or an evaluation */
  id: z.string(),
  model: z.string(),
  /** what it took */
  seconds: z.number(),
  /** when it ended, milliseconds since the epoch */
  at: z.number(),
  /** SHA-256 of the result as JSON, in hexadecimal */
  digest: z.string(),
});

type StepName = z.infer<typeof headSchema>['step'];

/** A step that was done, and what came of it. Its files are artifacts; of them it holds the digests. */
export interface CachedStep<Result = unknown> {
  readonly step: StepName;
  readonly id: string;
  readonly model: string;
  readonly seconds: number;
  readonly at: number;
  /** what follows from its inputs, as plain JSON */
  readonly result: Result;
}

export interface StoredStep extends CachedStep {
  /** of its inputs */
  readonly key: string;
  /** milliseconds since the epoch */
  readonly usedAt: number;
}

/**
 * Names a step by all that its result follows from.
 *
 * @param inputs plain JSON: digests of what goes in, parameters, seeds, and of the code
 * @returns SHA-256 in hexadecimal
 */
export const stepKey = (inputs: Readonly<Record<string, unknown>> & { readonly step: StepName }): string =>
  sha256(JSON.stringify(sorted(inputs)));

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, part]) => [name, sorted(part)]),
  );
}

const DAY_MS = 86_400_000;

export interface StepCacheBounds {
  /** milliseconds after which a step is done again */
  readonly ttlMs: number;
  /** steps that are kept: those that were used last */
  readonly maxSteps: number;
}

/** Results of steps that need not be done again: a file for each in a folder of the user, who may delete it at any time. */
export class StepCache {
  readonly #folder: string;
  readonly #bounds: StepCacheBounds;

  /** @param cache the folder of the user for what may be lost */
  constructor(cache: string, bounds: StepCacheBounds) {
    this.#folder = join(cache, FOLDER);
    this.#bounds = bounds;
  }

  /**
   * @param key whose inputs name the step and its code, which is why the result has the type that this code gave it
   * @param now milliseconds since the epoch
   * @returns undefined where the step was not done, or too long ago
   */
  async get<Result>(key: string, now: number): Promise<CachedStep<Result> | undefined> {
    const found = await this.#read(key);
    if (!found) return undefined;
    if (now - found.at > this.#bounds.ttlMs) {
      await this.#remove(key);
      return undefined;
    }
    await utimes(this.#path(key), now / 1_000, now / 1_000).catch(() => undefined); // it was removed meanwhile
    return found as CachedStep<Result>;
  }

  async put(key: string, { result, ...head }: CachedStep): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const written = join(this.#folder, `.${randomUUID()}`);
    const digest = sha256(JSON.stringify(result));
    await writeFile(written, JSON.stringify({ ...head, digest, result }));
    await rename(written, this.#path(key)); // another process reads it as a whole or not at all
    const all = await this.#used();
    for (const { key: oldest } of all.slice(this.#bounds.maxSteps)) await this.#remove(oldest);
  }

  /** Those that are kept, the last used first. */
  async list(): Promise<StoredStep[]> {
    const steps: StoredStep[] = [];
    for (const { key, usedAt } of await this.#used()) {
      const step = await this.#read(key);
      if (step) steps.push({ ...step, key, usedAt });
    }
    return steps;
  }

  /** Removes the steps that ended before a time. @param before milliseconds since the epoch @returns how many */
  async clear(before: number): Promise<number> {
    const old = (await this.list()).filter(({ at }) => at < before);
    for (const { key } of old) await this.#remove(key);
    return old.length;
  }

  /** Keys, that of the step that was used last first. */
  async #used(): Promise<{ key: string; usedAt: number }[]> {
    const used: { key: string; usedAt: number }[] = [];
    for (const name of await readdir(this.#folder).catch(() => [])) {
      const key = name.replace(/\.json$/, '');
      const file = KEY.test(key) ? await stat(this.#path(key)).catch(() => undefined) : undefined;
      if (file) used.push({ key, usedAt: Math.round(file.mtimeMs) });
    }
    return used.sort((a, b) => b.usedAt - a.usedAt || (a.key < b.key ? -1 : 1));
  }

  /** A file that is damaged holds no step. */
  async #read(key: string): Promise<CachedStep | undefined> {
    const text = await readFile(this.#path(key), 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    try {
      const { result, ...head } = JSON.parse(text);
      const { data } = headSchema.safeParse(head);
      if (data && data.digest === sha256(JSON.stringify(result))) {
        const { digest: _, ...step } = data;
        return { ...step, result };
      }
    } catch {
      // not JSON
    }
    await this.#remove(key);
    return undefined;
  }

  async #remove(key: string): Promise<void> {
    await rm(this.#path(key), { force: true });
  }

  #path(key: string): string {
    return join(this.#folder, `${key}.json`);
  }
}

/** The cache that the settings of a service say. */
export const stepCacheOf = ({
  cache,
  reuseDays,
  reuseSteps,
}: {
  readonly cache: string;
  readonly reuseDays: number;
  readonly reuseSteps: number;
}): StepCache => new StepCache(cache, { ttlMs: reuseDays * DAY_MS, maxSteps: reuseSteps });
