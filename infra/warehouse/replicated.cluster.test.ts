import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Session } from 'chdb';
import { expect, test } from 'vitest';
import { loadSchemas } from '../../schemas/load.ts';
import { startZooKeeper } from '../../test/harness/cluster/zookeeper.ts';
import { readMigrations } from './projections.ts';
import { replicated } from './replicated.ts';
import { createTable, streamTablesOf } from './stream-tables.ts';
import { temporaryFolder } from './testing/temporary.ts';

const PROJECTIONS = join(import.meta.dirname, '../../projections');

/**
 * The embedded engine speaks to a Keeper, but does not answer other replicas: it makes tables with replicas, which
 * then take no rows. A database that is `Replicated` it does not make, so where tables lie in the Keeper is configured.
 */
const keeperConfig = (port: number): string => `
  <clickhouse>
    <zookeeper><node><host>127.0.0.1</host><port>${port}</port></node></zookeeper>
    <macros><shard>1</shard><replica>one</replica></macros>
    <default_replica_path>/tables/{database}/{table}/{shard}</default_replica_path>
    <default_replica_name>{replica}</default_replica_name>
  </clickhouse>`;

interface Table {
  name: string;
  engine: string;
  definition: string;
}

test('ClickHouse makes every table of the projections with replicas, and the views on them', async () => {
  await using keeper = await startZooKeeper();
  await using folder = await temporaryFolder();
  await folder.write('config.xml', keeperConfig(keeper.port));
  await mkdir(join(folder.path, 'data'));
  const config = join(folder.path, 'config.xml');
  const migrations = await readMigrations(PROJECTIONS);
  const changes = migrations
    .flatMap(({ statements }) => statements)
    .filter((sql) => /^(CREATE|DROP)/.test(sql));
  const statements = [...streamTablesOf(migrations, loadSchemas()).map(createTable), ...changes];
  const made = new Set<string | undefined>();
  for (const sql of statements) {
    const dropped = /^DROP TABLE IF EXISTS (\w+)/.exec(sql)?.[1];
    if (dropped) made.delete(dropped);
    else
      made.add(
        /^CREATE (?:OR REPLACE )?(?:TABLE(?: IF NOT EXISTS)?|(?:MATERIALIZED )?VIEW) (\w+)/.exec(sql)?.[1],
      );
  }
  const session = new Session(join(folder.path, 'data'), {
    connectionArgs: [`--config-file=${config}`],
  });
  try {
    await session.queryAsync('CREATE DATABASE epochlog ENGINE = Atomic; USE epochlog');
    for (const statement of statements) await session.queryAsync(replicated(statement));

    const result = await session.queryAsync(
      "SELECT name, engine, engine_full AS definition FROM system.tables WHERE database = 'epochlog'",
      { format: 'JSONEachRow' },
    );
    const tables: Table[] = result
      .text()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(tables.map(({ name }) => name).sort()).toEqual([...made].sort());
    const stored = tables.filter(({ engine }) => !/View$|^Null$/.test(engine)); // tables of streams hold nothing
    expect(stored.length).toBeGreaterThan(15);
    for (const { name, engine, definition } of stored) {
      expect(engine).toMatch(/^Replicated(Replacing|Summing|Aggregating)?MergeTree$/);
      expect(definition).toContain(`'/tables/epochlog/${name}/{shard}', '{replica}'`);
      expect(definition).toMatch(/, replicated_deduplication_window = 10{3,4},/);
    }
  } finally {
    // What is left in the Keeper keeps `close` waiting.
    for (const name of made) await session.queryAsync(`DROP TABLE IF EXISTS epochlog.${name} SYNC`);
    session.close();
  }
});
