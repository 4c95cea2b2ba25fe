import { readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../../kernel/errors.ts';
import { Engine } from './engine.ts';
import { createHttpServer } from './http.ts';
import type { FromEngine } from './messages.ts';

/**
 * The process of the embedded engine: `node server.ts DIRECTORY SOCKET`, forked by start.ts. It owns the data
 * directory, answers on the socket, stops on SIGTERM, and never outlives the process that forked it.
 */
async function main(directory: string, socketPath: string): Promise<void> {
  const die = () => process.kill(process.pid, 'SIGKILL'); // safe at any time, and lets go of the directory at once
  process.once('disconnect', die);
  if (process.connected === false) die();
  process.on('SIGINT', () => {}); // Ctrl-C reaches the whole group: the parent decides

  const data = join(directory, 'data');
  await mkdir(data, { recursive: true, mode: 0o700 });
  const engine = open(data);
  if (!(engine instanceof Engine)) {
    process.send?.(engine, () => process.exit(1));
    return;
  }

  const bodies = join(directory, 'bodies');
  await rm(bodies, { recursive: true, force: true });
  await mkdir(bodies, { mode: 0o700 });
  await rm(socketPath, { force: true });
  const server = createHttpServer(engine, bodies, die);
  process.once('SIGTERM', () =>
    server.close(() => {
      engine.close();
      process.exit(0);
    }),
  );
  const ready: FromEngine = { kind: 'ready' };
  server.listen(socketPath, () => process.send?.(ready));
}

function open(data: string): Engine | FromEngine {
  try {
    return new Engine(data);
  } catch (error) {
    const holder = holderOf(data);
    return holder === undefined ? { kind: 'failed', message: messageOf(error) } : { kind: 'locked', holder };
  }
}

/** ClickHouse writes its process id into the file that it locks. */
function holderOf(data: string): number | undefined {
  try {
    const pid = Number(/^PID: (\d+)$/m.exec(readFileSync(join(data, 'status'), 'utf8'))?.[1]);
    return pid !== process.pid && process.kill(pid, 0) ? pid : undefined;
  } catch {
    return undefined;
  }
}

await main(process.argv[2] ?? '', process.argv[3] ?? '');
