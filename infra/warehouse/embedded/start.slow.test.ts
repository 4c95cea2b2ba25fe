import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import { EpochlogError } from '../../../kernel/errors.ts';
import { NO_LOGGER } from '../../../kernel/logger.ts';
import type { Warehouse } from '../../../kernel/ports/warehouse.ts';
import { openClickHouse } from '../open.ts';
import { temporaryFolder, temporaryWarehouse } from '../testing/temporary.ts';
import { engineIn } from './access.ts';
import { openEmbedded, startEngine } from './start.ts';

const REMEMBERS = 'SETTINGS non_replicated_deduplication_window = 1000';

/** A table `facts` and, by materialized view, their number by kind: `kinds`. */
async function factsAndKinds(warehouse: Warehouse): Promise<void> {
  await warehouse.command(
    `CREATE TABLE facts (id UInt64, text String) ENGINE = MergeTree ORDER BY id ${REMEMBERS}`,
  );
  await warehouse.command(
    `CREATE TABLE kinds (kind UInt8, n UInt64) ENGINE = SummingMergeTree ORDER BY kind ${REMEMBERS}`,
  );
  await warehouse.command(
    'CREATE MATERIALIZED VIEW kinds_of_facts TO kinds AS SELECT id % 5 AS kind, count() AS n FROM facts GROUP BY kind',
  );
}

/** Does it until it succeeds, trying again after errors that pass; gives the number of those. */
async function untilDone(action: () => Promise<void>): Promise<number> {
  for (let failures = 0; ; failures++) {
    try {
      await action();
      return failures;
    } catch (error) {
      if (!(error instanceof EpochlogError && error.retriable)) throw error;
      await delay(20);
    }
  }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(10);
}

describe('an engine that crashes', () => {
  test('loses and duplicates no retried insert, in table and view', async () => {
    await using under = await temporaryWarehouse();
    const { warehouse, engine } = under;
    await factsAndKinds(warehouse);
    const rounds = 7;
    const size = 2000;
    let failures = 0;
    for (let round = 0; round < rounds; round++) {
      await untilDone(() => warehouse.ping());
      const rows = Array.from({ length: size }, (_, i) => ({
        id: round * size + i,
        text: `fact ${i}`.repeat(50),
      }));
      const inserted = untilDone(() => warehouse.insert('facts', rows, `round ${round}`));
      const victim = engine.pid!;
      await delay(round * 7); // each round is hit at another moment of its insert
      process.kill(victim, 'SIGKILL');
      failures += await inserted;
    }
    expect(failures).toBeGreaterThan(0);
    await untilDone(() => warehouse.ping());
    expect(await warehouse.query('SELECT count() AS n, uniqExact(id) AS ids FROM facts')).toEqual([
      { n: rounds * size, ids: rounds * size },
    ]);
    expect(await warehouse.query('SELECT kind, sum(n) AS n FROM kinds GROUP BY kind ORDER BY kind')).toEqual(
      [0, 1, 2, 3, 4].map((kind) => ({ kind, n: (rounds * size) / 5 })),
    );
  });

  test('fails the running query with a retriable error, and is restarted', async () => {
    await using under = await temporaryWarehouse();
    const { warehouse, engine } = under;
    const crashed = engine.pid!;
    const query = warehouse.query('SELECT sleepEachRow(0.1) FROM numbers(3000) SETTINGS max_block_size = 1');
    const failed = expect(query).rejects.toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE', retriable: true });
    await delay(100);
    process.kill(crashed, 'SIGKILL');
    await failed;
    await untilDone(() => warehouse.ping());
    expect(engine.pid).not.toBe(crashed);
  });
});

test('a hanging engine is restarted, and nothing is lost', async () => {
  await using folder = await temporaryFolder();
  const engine = await startEngine(folder.path, NO_LOGGER, { watching: { everyMs: 100, misses: 20 } });
  const warehouse = await openClickHouse(engine, 'epochlog_test');
  await factsAndKinds(warehouse);
  const { pid } = engine;
  process.kill(pid!, 'SIGSTOP');
  const rows = [{ id: 1, text: 'while it stands still' }];
  expect(await untilDone(() => warehouse.insert('facts', rows, 'token'))).toBeGreaterThan(0);
  expect(engine.pid).not.toBe(pid);
  expect(await warehouse.query('SELECT id FROM facts')).toEqual([{ id: 1 }]);
  await warehouse.close();
  await engine.stop();
});

test('the engine gets no secret of the environment', async () => {
  vi.stubEnv('EPOCHLOG_TOKEN', 'token-that-is-secret');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'key-that-is-secret');
  await using under = await temporaryWarehouse();
  vi.unstubAllEnvs();
  const { stdout } = await promisify(execFile)('ps', [
    'eww',
    '-o',
    'command=',
    '-p',
    String(under.engine.pid),
  ]);
  expect(stdout).toMatch(/\bPATH=/);
  expect(stdout).not.toMatch(/secret|EPOCHLOG|AWS/);
});

describe('an engine that is stopped', () => {
  test('lets the running query end, keeps the data, and releases the directory', async () => {
    await using folder = await temporaryFolder();
    const before = await temporaryWarehouse(folder.path);
    await factsAndKinds(before.warehouse);
    await before.warehouse.insert('facts', [{ id: 3, text: 'kept' }], 'kept');
    const slow = before.warehouse.query('SELECT sleep(0.5) AS zero');
    const running = `SELECT count() AS n FROM system.processes WHERE startsWith(query, 'SELECT sleep')`;
    const isRunning = async () => (await before.warehouse.query<{ n: number }>(running))[0]!.n > 0;
    let hasEnded = false;
    void slow.finally(() => {
      hasEnded = true;
    });
    while (!(await isRunning()) && !hasEnded);
    const { pid } = before.engine;
    await before.engine.stop();
    expect(await slow).toEqual([{ zero: 0 }]);
    expect(isAlive(pid!)).toBe(false);
    await expect(before.warehouse.ping()).rejects.toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE' });

    await using after = await temporaryWarehouse(folder.path);
    expect(await after.warehouse.query('SELECT id, text FROM facts')).toEqual([{ id: 3, text: 'kept' }]);
    expect(await after.warehouse.query('SELECT kind, n FROM kinds')).toEqual([{ kind: 3, n: 1 }]);
  });

  test('stays stopped, when it is stopped twice or during a restart', async () => {
    await using under = await temporaryWarehouse();
    process.kill(under.engine.pid!, 'SIGKILL');
    await under.engine.stop();
    await under.engine.stop();
    expect(isAlive(under.engine.pid!)).toBe(false);
  });

  test('leaves no scratch database behind', async () => {
    await using folder = await temporaryFolder();
    {
      await using before = await temporaryWarehouse(folder.path);
      await before.warehouse.scratch('epochlog_verify'); // by a process that is killed before it closes it
      await before.warehouse.command('CREATE DATABASE epochlog_mine ENGINE = Atomic');
    }
    const warehouse = await openEmbedded(folder.path, 'epochlog_test', NO_LOGGER);
    expect(
      await warehouse.query("SELECT name FROM system.databases WHERE name LIKE 'epochlog%' ORDER BY name"),
    ).toEqual([{ name: 'epochlog_mine' }, { name: 'epochlog_test' }]);
    await warehouse.close();
  });

  test('by the warehouse that opened it', async () => {
    await using folder = await temporaryFolder();
    const warehouse = await openEmbedded(folder.path, 'epochlog', NO_LOGGER);
    await warehouse.ping();
    await warehouse.close();
    await using again = await temporaryWarehouse(folder.path);
    await again.warehouse.ping();
  });
});

test('a directory has one owner at a time', async () => {
  await using under = await temporaryWarehouse();
  await expect(startEngine(under.directory, NO_LOGGER)).rejects.toMatchObject({
    code: 'WAREHOUSE_LOCKED',
    message: expect.stringContaining(String(under.engine.pid)),
  });
  await under.warehouse.ping();
});

test.each([
  ['is killed', 'setInterval(ignore, 1000)', 'SIGKILL'],
  ['ends and has forgotten to stop it', '', undefined],
] as const)('an engine does not outlive a process that %s', async (_how, last, signal) => {
  await using folder = await temporaryFolder();
  const script = `
    import { startEngine } from ${JSON.stringify(new URL('start.ts', import.meta.url).href)};
    const ignore = () => {};
    const engine = await startEngine(process.argv[1], { debug: ignore, info: ignore, warn: ignore, error: ignore });
    process.stdout.write(String(engine.pid));
    ${last}`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script, folder.path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output] = await once(parent.stdout, 'data');
  const pid = Number(output);
  expect(pid).toBeGreaterThan(0);
  if (signal) parent.kill(signal);
  await until(() => !isAlive(pid));

  await using next = await temporaryWarehouse(folder.path);
  await next.warehouse.ping();
});

test('an engine that does not stop is killed, and the caller of stop survives', async () => {
  await using folder = await temporaryFolder();
  const script = `
    import { startEngine } from ${JSON.stringify(new URL('start.ts', import.meta.url).href)};
    const ignore = () => {};
    const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
    const engine = await startEngine(process.argv[1], logger, { watching: { everyMs: 60_000, misses: 1 }, stopPatienceMs: 50 });
    process.kill(engine.pid, 'SIGSTOP');
    await engine.stop();
    process.stdout.write('stopped');`;
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script, folder.path], {
    encoding: 'utf8',
  });
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'stopped' });
});

test('a directory with a long and unusual path works', async () => {
  await using folder = await temporaryFolder();
  const directory = join(folder.path, `it's a \\long\\ "path" [1] {a,b} <&> *? % é`, 'x'.repeat(100));
  await using under = await temporaryWarehouse(directory);
  await factsAndKinds(under.warehouse);
  await under.warehouse.insert('facts', [{ id: 1, text: 'here' }], 'here');
  expect(await under.warehouse.query('SELECT text FROM facts')).toEqual([{ text: 'here' }]);
});

test('the directory is accessible to its owner only', async () => {
  await using folder = await temporaryFolder();
  const directory = join(folder.path, 'warehouse');
  await using under = await temporaryWarehouse(directory);
  await under.warehouse.ping();
  expect((await stat(directory)).mode & 0o077).toBe(0);
});

test('a directory that cannot be used is an error that says so', async () => {
  await using folder = await temporaryFolder({ data: 'not a folder' });
  await expect(startEngine(folder.path, NO_LOGGER)).rejects.toMatchObject({
    code: 'WAREHOUSE_UNAVAILABLE',
    message: expect.stringContaining('EEXIST'),
  });
});

describe('another process', () => {
  test('finds the engine, also after it was started again elsewhere', async () => {
    await using under = await temporaryWarehouse();
    const other = await openClickHouse(engineIn(under.directory), 'epochlog_test');
    await other.ping();
    const { url, password } = under.engine.current();
    process.kill(under.engine.pid!, 'SIGKILL');
    await untilDone(() => other.ping());
    expect(under.engine.current()).not.toMatchObject({ password });
    await expect(fetch(url)).rejects.toThrow();
    await other.close();
  });

  test('is told when there is no engine', async () => {
    await using folder = await temporaryFolder();
    await expect(openClickHouse(engineIn(folder.path), 'epochlog')).rejects.toMatchObject({
      code: 'WAREHOUSE_UNAVAILABLE',
      retriable: true,
    });
  });
});
