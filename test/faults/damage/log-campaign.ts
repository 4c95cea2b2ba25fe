import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openEmbeddedLog } from '../../../infra/log/embedded/log.ts';
import { type Child, startChild } from '../../harness/child.ts';
import { type Damage, damage, type Kind } from './damages.ts';
import type { Found } from './log-reader.ts';

const READER = new URL('./log-reader.ts', import.meta.url);
const PAGE_BYTES = 8_192;
const TOPICS = [
  { name: 'input', partitions: 3 },
  { name: 'output', partitions: 1 },
];
const COMMITS = 60;

/** The outcome of a damage. */
export interface Outcome extends Damage {
  seed: number;
  /** `harmless`: read unchanged; `silent`: read with other content; `signal`: crashed; or an error code */
  outcome: string;
  message: string;
}

/** Fills a log with small and large records in several partitions, groups, schemas, and free pages. */
export async function buildLog(path: string): Promise<void> {
  const log = await openEmbeddedLog({ path });
  await log.ensureTopics(TOPICS);
  const consumer = await log.consumer('group', ['input']);
  for (let i = 0; i < COMMITS; i++) {
    const value = Buffer.alloc(i % 20 === 0 ? 30_000 : 200 + ((i * 331) % 3_000), i);
    const record = { topic: 'input', key: `key-${i % 17}`, headers: { ce_id: `${i}` }, value };
    const [at] = await log.append([record, { ...record, key: `other-${i}` }]);
    await consumer.commit([{ ...at!, offset: at!.offset + 1 }], [{ ...record, topic: 'output' }]);
    if (i % 15 === 0)
      await log.registry.idOf(`subject-${i}`, `{"type":"fixed","name":"n${i}","size":${i + 1}}`);
  }
  await log.close();
}

/** Damages copies of a log, one after the other, and reads each in a child process, which is reused until it crashes. */
export async function damageLog(
  source: string,
  scratch: string,
  trials: Iterable<{ kind: Kind; seed: number }>,
): Promise<Outcome[]> {
  const reader = new Reader();
  const outcomes: Outcome[] = [];
  try {
    const { digest } = await copied(source, scratch, async (path) => whole(await reader.read(path)));
    for (const { kind, seed } of trials) {
      outcomes.push(
        await copied(source, scratch, async (path) => {
          const damaged = await damage(join(path, 'data.mdb'), kind, seed, PAGE_BYTES);
          return { ...damaged, seed, ...outcomeOf(await reader.read(path), digest) };
        }),
      );
    }
    return outcomes;
  } finally {
    await reader.end();
  }
}

function whole(found: Found | undefined): { digest: string } {
  if (found && 'digest' in found && found.digest === found.after) return found;
  throw new Error(`the log is damaged before it is: ${JSON.stringify(found)}`);
}

async function copied<T>(source: string, scratch: string, use: (path: string) => Promise<T>): Promise<T> {
  const path = join(scratch, 'copy');
  await cp(source, path, { recursive: true });
  try {
    return await use(path);
  } finally {
    await rm(path, { recursive: true });
  }
}

function outcomeOf(found: Found | undefined, digest: string): { outcome: string; message: string } {
  if (!found) return { outcome: 'signal', message: '' };
  if ('code' in found) return { outcome: found.code, message: found.message };
  const isSame = found.digest === digest && found.after === digest;
  return { outcome: isSame ? 'harmless' : 'silent', message: found.digest === digest ? 'later' : '' };
}

/** A child process that reads logs, restarted after a crash. */
class Reader {
  #child: Child<Found> | undefined;

  /** undefined when the process crashes. */
  async read(path: string): Promise<Found | undefined> {
    this.#child ??= startChild<Found>(READER, []);
    const child = this.#child;
    const expected = child.reports.length + 1;
    child.tell(path);
    try {
      await child.reported(expected);
      return child.reports[expected - 1];
    } catch {
      this.#child = undefined;
      return undefined;
    }
  }

  async end(): Promise<void> {
    await this.#child?.kill();
  }
}
