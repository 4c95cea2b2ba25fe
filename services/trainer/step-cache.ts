import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const FOLDER = 'steps';
const KEY = /^[0-9a-f]{64}$/;

const entrySchema = z.object({
  step: z.literal('training'),
  runId: z.string(),
  model: z.string(),
  engine: z.string(),
  /** what the run took */
  seconds: z.number(),
  /** when it ended, milliseconds since the epoch */
  at: z.number(),
  /** what follows from its inputs */
  result: z.object({
    package: z.string(),
    modelHash: z.string(),
    metrics: z.record(z.string(), z.number()),
    primaryMetric: z.string(),
    epochs: z.number(),
    bestEpoch: z.number(),
    stoppedEarly: z.boolean(),
    augmented: z.record(z.string(), z.number()),
  }),
});

/** A step that was done, and what came of it. Its files are artifacts; of them it holds the digests. */
export type CachedStep = z.infer<typeof entrySchema>;

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
export const stepKey = (inputs: Readonly<Record<string, unknown>>): string =>
  createHash('sha256')
    .update(JSON.stringify(sorted(inputs)))
    .digest('hex');

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, part]) => [name, sorted(part)]),
  );
}

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

  /** @param now milliseconds since the epoch @returns undefined where the step was not done, or too long ago */
  async get(key: string, now: number): Promise<CachedStep | undefined> {
    const found = await this.#read(key);
    if (!found) return undefined;
    if (now - found.at > this.#bounds.ttlMs) {
      await this.#remove(key);
      return undefined;
    }
    await utimes(this.#path(key), now / 1_000, now / 1_000).catch(() => undefined); // it was removed meanwhile
    return found;
  }

  async put(key: string, step: CachedStep): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const written = join(this.#folder, `.${randomUUID()}`);
    await writeFile(written, JSON.stringify(step));
    await rename(written, this.#path(key)); // another process reads it as a whole or not at all
    const all = await this.list();
    for (const { key: oldest } of all.slice(this.#bounds.maxSteps)) await this.#remove(oldest);
  }

  /** Those that are kept, the last used first. */
  async list(): Promise<StoredStep[]> {
    const names = await readdir(this.#folder).catch(() => []);
    const steps: StoredStep[] = [];
    for (const name of names) {
      const key = name.replace(/\.json$/, '');
      const step = KEY.test(key) ? await this.#read(key) : undefined;
      const file = step && (await stat(this.#path(key)).catch(() => undefined));
      if (step && file) steps.push({ ...step, key, usedAt: Math.round(file.mtimeMs) });
    }
    return steps.sort((a, b) => b.usedAt - a.usedAt || (a.key < b.key ? -1 : 1));
  }

  /** Removes the steps that ended before a time. @param before milliseconds since the epoch @returns how many */
  async clear(before: number): Promise<number> {
    const old = (await this.list()).filter(({ at }) => at < before);
    for (const { key } of old) await this.#remove(key);
    return old.length;
  }

  /** A file that is damaged holds no step. */
  async #read(key: string): Promise<CachedStep | undefined> {
    const text = await readFile(this.#path(key), 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    try {
      const { data } = entrySchema.safeParse(JSON.parse(text));
      if (data) return data;
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
