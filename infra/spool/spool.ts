import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EpochlogError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { EventLog, LogRecord } from '../../kernel/ports/log.ts';
import type { Spool } from '../../kernel/ports/spool.ts';
import { createFolderDurably, DISK, writeDurably } from '../files.ts';
import { lockFile } from '../home.ts';
import { Drain } from './drain.ts';
import { framesOf, Segments } from './segments.ts';

const CLOSE_TIMEOUT_MS = 3_000;
const POLL_MS = 5;
const MiB = 1 << 20;

export interface SpoolOptions {
  /** of the spools of this home: each process has one of its own, and takes over that of a process that ended */
  folder: string;
  log: EventLog;
  maxBytes: number;
  logger: Logger;
}

interface Waiting {
  frames: readonly Uint8Array[];
  resolve(): void;
  reject(error: unknown): void;
}

/** Opens a spool that no other process uses, and begins to empty it. DISK_FULL, CONFIG_INVALID when the folder is not usable. */
export async function openSpool({ folder, log, maxBytes, logger }: SpoolOptions): Promise<Spool> {
  const { own, release } = await freeFolder(folder);
  const segments = await Segments.open(own);
  const drain = new Drain({ segments, log, group: `spool-${await idOf(own)}`, logger });
  return new FileSpool({ segments, drain, maxBytes, folder: own, release });
}

interface Parts {
  segments: Segments;
  drain: Drain;
  maxBytes: number;
  folder: string;
  release(): void;
}

/** Group commit: what is appended during a write shares the next one. */
class FileSpool implements Spool {
  readonly #parts: Parts;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get isEmpty(): boolean {
    return this.#writing === undefined && this.#parts.segments.bytes === 0;
  }

  append(records: readonly LogRecord[]): Promise<void> {
    const { segments, maxBytes } = this.#parts;
    if (segments.bytes >= maxBytes) return Promise.reject(this.#full());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ frames: framesOf(records), resolve, reject });
      this.#writing ??= this.#write();
    });
  }

  async close(): Promise<void> {
    await this.#writing;
    const { drain } = this.#parts;
    for (const deadline = Date.now() + CLOSE_TIMEOUT_MS; Date.now() < deadline; await sleep(POLL_MS))
      if (this.isEmpty || drain.failure !== undefined) break;
    await drain.stop();
    await this.#parts.segments.close();
    this.#parts.release();
  }

  async #write(): Promise<void> {
    await Promise.resolve(); // includes callers of the same turn of the event loop
    while (this.#waiting.length > 0) {
      const round = this.#waiting.splice(0);
      try {
        await this.#parts.segments.append(round.flatMap(({ frames }) => frames));
        for (const { resolve } of round) resolve();
        this.#parts.drain.wake();
      } catch (error) {
        for (const { reject } of round) reject(error);
      }
    }
    this.#writing = undefined;
  }

  #full(): EpochlogError {
    const { drain, maxBytes, folder } = this.#parts;
    const why = drain.failure ?? 'it takes fewer events than come';
    return new EpochlogError(
      'SPOOL_FULL',
      `${Math.round(maxBytes / MiB)} MiB of events in ${folder} wait for the log (EPOCHLOG_SPOOL_MB): ${why}; ask again later`,
    );
  }
}

/** The first folder that no process uses: 1, 2, … */
async function freeFolder(folder: string): Promise<{ own: string; release(): void }> {
  for (let number = 1; ; number++) {
    const own = join(folder, String(number));
    await createFolderDurably(own);
    const release = lockFile(join(own, 'lock'));
    if (release) return { own, release };
  }
}

/** What names a spool in the log, from its first use on. */
async function idOf(folder: string): Promise<string> {
  const path = join(folder, 'id');
  const known = await DISK.read(path);
  if (known) return String(known);
  const id = randomUUID();
  await writeDurably(path, Buffer.from(id), `${path}.draft`);
  return id;
}
