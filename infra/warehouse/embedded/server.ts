import { mkdir, mkdtemp, rmdir } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../../kernel/errors.ts';
import type { FromEngine } from './launch.ts';
import { dropUncommitted } from './uncommitted.ts';

const LISTENS_AGAIN_MS = 10;
/** Keeps `clickhouse local` running: it ends with its last statement. */
const FOREVER =
  'SELECT sleepEachRow(3) FROM numbers(1000000000) FORMAT Null ' +
  'SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0';

/**
 * `node server.ts DATA`, forked by start.ts with the variables that config.xml and users.xml name: ClickHouse on a data
 * directory, with its HTTP interface on a free port of the loopback address. It ends with its parent, and is ended by
 * SIGKILL only: an insert is acknowledged when it is on the disk.
 */
async function main(data: string): Promise<void> {
  const die = () => process.kill(process.pid, 'SIGKILL'); // an exit would wait for ClickHouse's threads
  process.once('disconnect', die);
  if (process.connected === false) die();
  const send = (message: FromEngine) => process.send?.(message);

  const library = await loadLibrary();
  if (typeof library === 'string') {
    process.send?.({ kind: 'missing', message: library } satisfies FromEngine, die);
    return;
  }
  await mkdir(data, { recursive: true, mode: 0o700 });
  await dropUncommitted(data);
  const port = await freePort();
  const inThisFolder = (name: string) => join(import.meta.dirname, name);
  library([
    'clickhouse',
    `--config-file=${inThisFolder('config.xml')}`,
    `--path=${data}`,
    `--http_port=${port}`,
    '--query',
    `SYSTEM START LISTEN HTTP; ${FOREVER}`,
  ]).finally(die); // it has written to stderr why it ends
  while (!(await isEngine(port))) await delay(LISTENS_AGAIN_MS);
  await leaveFolder(data);
  send({ kind: 'ready', port });
}

/**
 * `clickhouse local` lets its function `file` read any file, and no grant forbids that. It resolves the folder that this
 * process is in first, and fails where there is none.
 */
async function leaveFolder(data: string): Promise<void> {
  const nowhere = await mkdtemp(join(data, 'nowhere-'));
  process.chdir(nowhere);
  await rmdir(nowhere);
}

/** Runs the program `clickhouse` with its arguments, in a thread. */
type Program = (args: readonly string[]) => Promise<unknown>;

/** ClickHouse comes with a library of half a gigabyte, which not every installation has; then, why not. */
async function loadLibrary(): Promise<Program | string> {
  try {
    const [{ DataType, load, open }, { libchdbPath }] = await Promise.all([
      import('ffi-rs'),
      import('chdb/libchdb'),
    ]);
    open({ library: 'chdb', path: libchdbPath() });
    return (args) =>
      load({
        library: 'chdb',
        funcName: 'chdb_query_cmdline',
        retType: DataType.External,
        paramsType: [DataType.I32, DataType.StringArray],
        paramsValue: [args.length, [...args]],
        runInNewThread: true,
      });
  } catch (error) {
    return messageOf(error);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** Whether it is this process that answers on a port, and not another. */
function isEngine(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    let answer = '';
    connect(port, '127.0.0.1')
      .on('data', (chunk) => {
        answer += chunk;
      })
      .on('error', () => {})
      .on('close', () => resolve(answer.includes(process.env.ENGINE_NAME ?? '')))
      .end('GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  });
}

await main(process.argv[2] ?? '');
