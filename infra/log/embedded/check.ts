import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { EpochlogError, type ErrorCode, messageOf } from '../../../kernel/errors.ts';
import type { Environment } from './databases.ts';
import { closeEnvironment, openEnvironment } from './environment.ts';
import { corrupt } from './failure.ts';
import { MAX_READ_BYTES, Storage } from './storage.ts';

const CHILD = new URL('./check-child.ts', import.meta.url);
const PAGE_RECORDS = 1_000;

/** Signals of a process that has followed a damaged page. */
const CRASH_SIGNALS: ReadonlySet<string> = new Set([
  'SIGSEGV',
  'SIGBUS',
  'SIGABRT',
  'SIGILL',
  'SIGFPE',
  'SIGTRAP',
]);

export type CheckResult = { records: number } | { code?: ErrorCode; message: string };

/**
 * Reads a whole log, every page and every record, and returns how many records it has. LOG_CORRUPT when a page is
 * damaged, a checksum does not match, or records are missing. LMDB may crash on a damaged page: see `checkInChild`.
 */
export async function checkEmbeddedLog(path: string): Promise<number> {
  const environment = await openEnvironment(path, 'all');
  try {
    return await readAll(environment);
  } finally {
    await closeEnvironment(environment);
  }
}

/** Reads every record; its checksum and its offset must be right. */
async function readAll(environment: Environment): Promise<number> {
  const storage = new Storage(environment);
  let records = 0;
  for (const { name, partitions } of storage.topics()) {
    for (let partition = 0; partition < partitions; partition++) {
      const end = storage.endOffsets(name)[partition]!;
      for (let offset = 0; offset < end; ) {
        for (const _ of storage.read({ topic: name, partition, offset }, PAGE_RECORDS, MAX_READ_BYTES))
          offset++;
        await yieldToEventLoop(); // releases the snapshot, which keeps pages from being reused
      }
      records += end;
    }
  }
  return records;
}

/** `checkEmbeddedLog` in a process of its own, which runs `script`: LOG_CORRUPT also when it crashes. */
export async function checkInChild(path: string, script = CHILD): Promise<number> {
  const child = fork(script, [path], { execArgv: [], env: {}, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  let checked: CheckResult | undefined;
  child.on('message', (message: CheckResult) => {
    checked = message;
  });
  const [code, signal]: (number | string | null)[] = await once(child, 'close');
  if (typeof signal === 'string' && CRASH_SIGNALS.has(signal))
    throw corrupt(path, `is damaged: LMDB crashed with ${signal} while reading it`);
  if (!checked) throw new Error(`the check of ${path} ended with ${signal ?? code} and without a result`);
  if ('records' in checked) return checked.records;
  throw checked.code ? new EpochlogError(checked.code, checked.message) : new Error(checked.message);
}

/** The result of a check, an error included, as a message to the parent process. */
export async function resultOf(check: Promise<number>): Promise<CheckResult> {
  try {
    return { records: await check };
  } catch (error) {
    const message = messageOf(error);
    return error instanceof EpochlogError ? { code: error.code, message } : { message };
  }
}
