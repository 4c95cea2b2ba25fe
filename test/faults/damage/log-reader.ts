// Reads logs with the production code, one for each line of standard input, and reports the results.
import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import { type EmbeddedLog, openEmbeddedLog } from '../../../infra/log/embedded/log.ts';
import { EpochlogError, messageOf } from '../../../kernel/errors.ts';
import type { Position } from '../../../kernel/ports/log.ts';
import { readPartition } from '../../../kernel/reader.ts';
import { report } from '../../harness/child.ts';

/**
 * Of a log, all there is to read, and once more after something was appended: what is damaged and not read may be written
 * over. Or why it cannot be read.
 */
export type Found = { digest: string; after: string } | { code: string; message: string };

const APPENDED = 16;

/** A digest of all records before these end offsets, of the committed offsets, and of the schemas. */
async function digestOf(log: EmbeddedLog, ends: readonly Position[]): Promise<string> {
  const hash = createHash('sha256');
  const add = (value: unknown) => void hash.update(`${JSON.stringify(value)}\n`);
  add(await log.topics());
  for (const end of ends) {
    add(end);
    for await (const { value, ...record } of readPartition(log, { ...end, offset: 0 }, end.offset))
      add({ ...record, value: Buffer.from(value).toString('base64') });
  }
  for (const [group, topics] of await log.groups()) add([group, await log.committed(group, topics)]);
  add(await log.registry.list());
  return hash.digest('hex');
}

/** Appends small and large records in several commits, so that free pages are reused. */
async function append(log: EmbeddedLog): Promise<void> {
  const [topic] = await log.topics();
  for (let i = 0; topic && i < APPENDED; i++)
    await log.append([
      { topic: topic.name, key: `${i}`, headers: {}, value: Buffer.alloc(i % 8 === 0 ? 20_000 : 500, i) },
    ]);
}

async function read(path: string): Promise<Found> {
  const log = await openEmbeddedLog({ path });
  const ends = await log.endOffsets((await log.topics()).map(({ name }) => name)).catch(closing(log));
  const digest = await digestOf(log, ends).catch(closing(log));
  await append(log).catch(closing(log));
  await log.close();
  const again = await openEmbeddedLog({ path });
  const after = await digestOf(again, ends).catch(closing(again));
  await again.close();
  return { digest, after };
}

const closing =
  (log: EmbeddedLog) =>
  async (error: unknown): Promise<never> => {
    await log.close();
    throw error;
  };

const failed = (error: unknown): Found => ({
  code: error instanceof EpochlogError ? error.code : 'UNEXPECTED',
  message: messageOf(error),
});

if (import.meta.main) {
  for await (const path of createInterface({ input: process.stdin })) report(await read(path).catch(failed));
}
