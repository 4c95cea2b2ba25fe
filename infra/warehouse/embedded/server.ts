import { readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, systemCodeOf } from '../../../kernel/errors.ts';
import type { Engine } from './engine.ts';
import type { FromEngine } from './messages.ts';

/** The loader's error for a missing package, and chdb's for a missing library of this platform. */
const NOT_INSTALLED = new Set<string | undefined>(['ERR_MODULE_NOT_FOUND', 'CHDB_PLATFORM']);

/**
 * The process of the embedded engine: `node server.ts DIRECTORY SOCKET`, forked by start.ts. It owns the data
 * directory, listens on the socket, stops on SIGTERM, and ends with its parent.
 */
async function main(directory: string, socketPath: string): Promise<void> {
  const die = () => process.kill(process.pid, 'SIGKILL'); // safe at any time, and releases the directory at once
  process.once('disconnect', die);
  if (process.connected === false) die();
  process.on('SIGINT', () => {}); // Ctrl-C reaches the whole group: the parent decides

  const data = join(directory, 'data');
  await mkdir(data, { recursive: true, mode: 0o700 });
  const opened = await open(data);
  if ('kind' in opened) {
    process.send?.(opened, () => process.exit(1));
    return;
  }
  const { engine, createHttpServer } = opened;

  const bodies = join(directory, 'bodies');
  await rm(bodies, { recursive: true, force: true });
  await mkdir(bodies, { mode: 0o700 });
  await rm(socketPath, { force: true });
  const server = createHttpServer(engine, bodies, ({ message }) => {
    process.stderr.write(`${message}\n`);
    die();
  });
  process.once('SIGTERM', () =>
    server.close(() => {
      engine.close();
      process.exit(0);
    }),
  );
  const ready: FromEngine = { kind: 'ready' };
  server.listen(socketPath, () => process.send?.(ready));
}

type Opened = Pick<typeof import('./http.ts'), 'createHttpServer'> & { engine: Engine };

/** The engine comes with a library of half a gigabyte, which not every installation has. */
async function open(data: string): Promise<Opened | FromEngine> {
  try {
    const { Engine } = await import('./engine.ts');
    const { createHttpServer } = await import('./http.ts');
    return { engine: new Engine(data), createHttpServer };
  } catch (error) {
    if (NOT_INSTALLED.has(systemCodeOf(error))) return { kind: 'missing', message: messageOf(error) };
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
