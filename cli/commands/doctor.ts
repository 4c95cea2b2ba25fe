import { existsSync } from 'node:fs';
import { access, constants, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { freemem } from 'node:os';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../../infra/config/schema.ts';
import { lockHolder, pathsOf } from '../../infra/home.ts';
import { messageOf } from '../../kernel/errors.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { openCodec } from '../../schemas/codec.ts';
import { action } from '../action.ts';
import { openArtifacts } from '../adapters/artifacts.ts';
import { openLog } from '../adapters/log.ts';
import { joinWarehouse } from '../adapters/warehouse.ts';
import { EXIT } from '../exit.ts';
import { about } from '../help.ts';
import { table } from '../output.ts';

/** What was looked at. */
interface Check {
  readonly what: string;
  readonly ok: boolean;
  /** what was found, and where it is not ok what to do */
  readonly found: string;
}

const NODE = 24;
const GIB = 2 ** 30;
/** Below this a training may fail, and the warehouse refuses inserts. */
const MIN_DISK = 1 * GIB;
const MIN_MEMORY = GIB / 2;

/** `epochlog doctor`: whether this machine and its servers are ready. Changes nothing. */
export function register(program: Command): void {
  const doctor = about(program.command('doctor'), 'start', ['npx epochlog doctor']).description(
    'check what epochlog needs: Node, disk, memory, port, data folder, log, warehouse, bucket',
  );
  action(doctor, async (_, { config, output }) => {
    const checks = await Promise.all([
      node(),
      disk(config),
      memory(),
      folder(config),
      port(config),
      ...(config.log || existsSync(pathsOf(config.home).log) ? [log(config)] : []),
      ...(config.clickhouse ? [warehouse(config)] : []),
      ...(config.artifacts ? [bucket(config)] : []),
    ]);
    for (const check of checks) output.result(check);
    const rows = checks.map(({ what, ok, found }) => [ok ? 'ok' : 'NOT OK', what, found]);
    output.line(table(['', '', `epochlog ${packageJson.version}`], rows, output.width));
    if (checks.some(({ ok }) => !ok)) process.exitCode = EXIT.badInput.code;
  });
}

const node = async (): Promise<Check> => ({
  what: 'Node',
  ok: Number(process.versions.node.split('.')[0]) >= NODE,
  found: `${process.version} on ${process.platform} ${process.arch}; ${NODE} is needed, and comes with npm ci`,
});

async function disk({ home }: Config): Promise<Check> {
  const { bavail, bsize } = await statfs(existing(home));
  const free = bavail * bsize;
  const advice = free < MIN_DISK ? '; make room, or name another folder with --home' : '';
  return { what: 'disk', ok: free >= MIN_DISK, found: `${(free / GIB).toFixed(1)} GiB free${advice}` };
}

async function memory(): Promise<Check> {
  const free = freemem();
  const found = `${(free / GIB).toFixed(1)} GiB free; services and warehouse take about 1`;
  return { what: 'memory', ok: free >= MIN_MEMORY, found };
}

async function folder({ home }: Config): Promise<Check> {
  const isThere = existsSync(home);
  const at = isThere ? home : existing(home);
  const writable = await access(at, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  const found = isThere ? home : `${home}, not made yet`;
  return {
    what: 'data folder',
    ok: writable,
    found: writable ? found : `${at} cannot be written: --home names another`,
  };
}

async function port({ host, port, home }: Config): Promise<Check> {
  const what = `port ${port}`;
  const holder = existsSync(pathsOf(home).run) ? await lockHolder(home) : null;
  if (holder?.url) return { what, ok: true, found: `process ${holder.pid} serves at ${holder.url}` };
  const fault = await new Promise<Error | undefined>((resolve) => {
    const server = createServer().once('error', resolve);
    server.listen({ host, port }, () => server.close(() => resolve(undefined)));
  });
  const found = fault ? `${messageOf(fault)}: EPOCHLOG_PORT names another` : `free on ${host}`;
  return { what, ok: fault === undefined, found };
}

/** Of a cluster also its schema registry. */
const log = (config: Config): Promise<Check> =>
  asked('log', async () => {
    const { log, registry } = await openLog(config, pathsOf(config.home).log);
    await openCodec(registry).finally(() => log.close());
    return config.log
      ? `Kafka at ${config.log.join(', ')}, with its schemas`
      : `LMDB in ${pathsOf(config.home).log}`;
  });

const warehouse = (config: Config): Promise<Check> =>
  asked('warehouse', async () => {
    const opened = await joinWarehouse(config, pathsOf(config.home).warehouse);
    try {
      const [row] = await opened.query<{ version: string }>('SELECT version() AS version');
      return `ClickHouse ${row?.version} at ${config.clickhouse}`;
    } finally {
      await opened.close();
    }
  });

/** Whether it can be read and written: like each start, it stores an empty object, unless that is there. */
const bucket = ({ artifacts, ...config }: Config): Promise<Check> =>
  asked('bucket', async () => {
    await openArtifacts({ artifacts, ...config }, '');
    const place = `s3://${artifacts?.bucket}${artifacts?.prefix ? `/${artifacts.prefix}` : ''}`;
    return `${place}${config.s3Endpoint ? ` at ${config.s3Endpoint}` : ''}, which can be read and written`;
  });

/** A check that is not ok when the question throws. */
async function asked(what: string, question: () => Promise<string>): Promise<Check> {
  try {
    return { what, ok: true, found: await question() };
  } catch (error) {
    return { what, ok: false, found: messageOf(error) };
  }
}

/** The nearest folder that is there. */
const existing = (path: string): string => (existsSync(path) ? path : existing(dirname(path)));
