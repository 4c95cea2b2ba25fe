import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EpochlogError, type ErrorCode } from '../../../kernel/errors.ts';
import { childEnvironment } from '../../config/child-environment.ts';
import { OPEN_FILES_ADVICE } from '../../disk.ts';
import type { Server } from '../connection.ts';
import { newSecrets, serverAt, sha256 } from './access.ts';
import type { MemoryLimits } from './memory.ts';

const SERVER = fileURLToPath(new URL('server.ts', import.meta.url));
const STDERR_KEPT = 2_000;

/** What the process of the engine tells its parent while it starts. */
export type FromEngine = { kind: 'ready'; port: number } | { kind: 'missing'; message: string };

export interface Launched {
  child: ChildProcess;
  server: Server;
  /** the tail of its stderr */
  lastWords(): string;
}

/**
 * Starts ClickHouse on the data of a directory and resolves when it answers. The parent waits for the process only while
 * it starts. `onForked` is called when there is a process. Errors as of `startEngine`.
 */
export async function launch(
  home: string,
  limits: MemoryLimits,
  onForked: () => void = () => {},
): Promise<Launched> {
  const data = join(home, 'data');
  const secrets = newSecrets();
  const child = fork(SERVER, [data], {
    cwd: home,
    detached: true, // Ctrl-C reaches the whole group, and would end its query: the parent decides
    env: childEnvironment({
      ENGINE_NAME: randomUUID(),
      ENGINE_KEY: secrets.key,
      ENGINE_MEMORY: String(limits.server),
      OWNER_MEMORY: String(limits.owner),
      OWNER_SHA256: sha256(secrets.owner),
      ANALYST_MEMORY: String(limits.analyst),
      ANALYST_SHA256: sha256(secrets.analyst),
    }),
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  onForked();
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(-STDERR_KEPT);
  });
  const answer = await Promise.race([firstMessage(child), failure(child)]);
  switch (answer.kind) {
    case 'ready':
      for (const handle of [child, child.channel, child.stderr instanceof Socket && child.stderr]) {
        if (handle) handle.unref();
      }
      return { child, server: serverAt(answer.port, secrets), lastWords: () => stderr };
    case 'missing':
      throw new EpochlogError(
        'CONFIG_INVALID',
        "ClickHouse's engine is not installed here: name a server (EPOCHLOG_CLICKHOUSE), or run `npm ci` in the " +
          `folder of epochlog on Linux (glibc) or macOS; ${answer.message}`,
      );
    case 'ended':
      if (/Address already in use/.test(stderr)) return launch(home, limits, onForked); // somebody was quicker: another port
      throw startError(home, data, stderr.trim() || answer.how);
  }
}

async function firstMessage(child: ChildProcess): Promise<FromEngine> {
  const [message] = await once(child, 'message');
  return message;
}

/** Its stderr has been read when it closes. */
async function failure(child: ChildProcess): Promise<{ kind: 'ended'; how: string }> {
  const [code, signal] = await once(child, 'close');
  return { kind: 'ended', how: `its process ended (${signal ?? code})` };
}

function startError(home: string, data: string, why: string): EpochlogError {
  const holder = /Cannot lock file/.test(why) ? holderOf(data) : undefined;
  if (holder !== undefined)
    return new EpochlogError('WAREHOUSE_LOCKED', `process ${holder} uses the warehouse in ${home}`);
  return new EpochlogError(
    codeOf(why),
    `the warehouse engine does not start in ${home}: ${why}${adviceOn(why)}`,
  );
}

/** ClickHouse writes its process id into the file that it locks. */
function holderOf(data: string): number | undefined {
  try {
    const pid = Number(/^PID: (\d+)$/m.exec(readFileSync(join(data, 'status'), 'utf8'))?.[1]);
    return process.kill(pid, 0) ? pid : undefined;
  } catch {
    return undefined;
  }
}

const FULL = /errno: 28\b|No space left|NOT_ENOUGH_SPACE|ENOSPC/;
const TOO_FEW_FILES = /errno: 24\b|Too many open files|EMFILE/;

/** Errors of the operating system are not transient; ClickHouse gives them by number and name. */
function codeOf(message: string): ErrorCode {
  if (FULL.test(message)) return 'DISK_FULL';
  return TOO_FEW_FILES.test(message) ? 'CONFIG_INVALID' : 'WAREHOUSE_UNAVAILABLE';
}

function adviceOn(message: string): string {
  if (TOO_FEW_FILES.test(message)) return `; ${OPEN_FILES_ADVICE}`;
  const isDamaged = /FILE_ALREADY_EXISTS|CORRUPTED|Cannot attach/.test(message);
  return isDamaged ? '; its folder may be deleted: it is rebuilt from the log' : '';
}
