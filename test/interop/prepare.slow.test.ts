import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CheckedEvent } from '../../schemas/check.ts';
import { startClickHouseServer } from '../harness/clickhouse-server.ts';
import { type Clone, cloneProject } from '../harness/clone.ts';
import { answer, epochlog, finished, run, text } from '../harness/command.ts';
import { type TemporaryFolder, temporaryFolder } from '../harness/folder.ts';
import type { Finished } from '../harness/runner.ts';

/** The commands that prepare a cluster, as far as they need none. */

let home: TemporaryFolder;
beforeAll(async () => {
  home = await temporaryFolder('prepare');
});
afterAll(() => home.remove());

test.each([
  ['topics apply', /no Kafka cluster is named: set EPOCHLOG_LOG/],
  ['schemas push', /no schema registry is named: set EPOCHLOG_REGISTRY/],
  ['projections apply', /set EPOCHLOG_CLICKHOUSE .* the embedded warehouse applies the migrations by itself/],
])('%s says what is not configured', async (command, message) => {
  const { code, stderr } = await run(home.path, command.split(' '));
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) });
  expect(stderr).toContain('CONFIG_INVALID');
});

describe('projections apply', () => {
  test('applies the migrations of the projections to the server named, once', async () => {
    await using server = await startClickHouseServer();
    const environment = { ...server.environment, EPOCHLOG_CLICKHOUSE_DATABASE: 'epochlog_prepared' };
    const apply = ['projections', 'apply'];
    const first = await text(home.path, apply, environment);
    expect(first).toMatch(
      /^applied events\/001_events\.sql\n(applied .+\n)+\d+ migrations applied; database /,
    );
    expect(await answer(home.path, apply, environment)).toEqual({
      database: 'epochlog_prepared',
      applied: [],
    });
  });

  test('says that no server answers', async () => {
    const environment = { EPOCHLOG_CLICKHOUSE: 'http://127.0.0.1:9' };
    const { code, stderr } = await run(home.path, ['projections', 'apply'], environment);
    expect({ code, stderr }).toEqual({ code: 6, stderr: expect.stringContaining('WAREHOUSE_UNAVAILABLE') });
  });
});

describe('schemas check', () => {
  let clone: Clone;
  beforeAll(async () => {
    clone = await cloneProject();
  });
  afterAll(() => clone.remove());

  const check = (...args: string[]): Promise<Finished> =>
    finished(epochlog(home.path, ['schemas', 'check', ...args], {}, { project: clone.path }));
  const freeze = (): Promise<Finished> =>
    finished(execFile(process.execPath, [clone.at('infra/scripts/freeze-schemas.ts')]));
  const published = (stream: string) => readFile(clone.at(`schemas/${stream}/published.json`), 'utf8');

  /** Adds a field to an event, for one test. */
  async function withField(event: string, field: object, then: () => Promise<void>): Promise<void> {
    const path = clone.at(`schemas/${event}.avsc`);
    const before = await readFile(path, 'utf8');
    await clone.change(event, (schema) => ({ ...schema, fields: [...schema.fields, field as never] }));
    try {
      await then();
    } finally {
      await writeFile(path, before);
    }
  }

  test('as they are published, all are unchanged', async () => {
    const { code, stdout } = await check();
    expect(code).toBe(0);
    expect(stdout).toMatch(/^(\w+\/\w+: unchanged\n)+the current schemas and .* are compatible, .*\n$/);
  });

  test('a compatible change is told, field by field, and can be published', async () => {
    const field = { name: 'note', type: ['null', 'string'], default: null };
    await withField('runs/TrainingRequested', field, async () => {
      const { code, stdout } = await check();
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: expect.stringContaining('runs/TrainingRequested: compatible change: added note\n'),
      });
      expect(await freeze()).toMatchObject({
        code: 0,
        stdout: 'published runs/TrainingRequested: compatible\n',
      });
      expect((await check()).stdout).toContain('runs/TrainingRequested: unchanged\n');
      expect(await freeze()).toMatchObject({ code: 0, stdout: '' });
    });
    // without the field it is as its first version was
    expect((await check()).stdout).toContain('runs/TrainingRequested: unchanged\n');
  });

  test('what is not compatible is refused, and is not published', async () => {
    const before = await published('models');
    await withField('models/VersionPromoted', { name: 'approvals', type: 'int' }, async () => {
      const why = 'approvals has no default, and events of that version lack it: give it one';
      const told = `models/VersionPromoted: incompatible with version 1: ${why}\n`;
      const { code, stdout, stderr } = await check();
      expect({ code, stdout, stderr }).toEqual({
        code: 3,
        stdout: expect.stringContaining(told),
        stderr: `epochlog: models/VersionPromoted incompatible with version 1: ${why} [SCHEMA_INCOMPATIBLE]\n`,
      });
      expect(await freeze()).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(why) });
      expect(await published('models')).toBe(before);
    });
  });

  test('with --json, every event is an object, and the refusal another', async () => {
    await withField('records/RecordIngested', { name: 'venue', type: 'string' }, async () => {
      const lines = (await check('--json')).stdout.trim().split('\n');
      const [error, ...events] = lines.map((line) => JSON.parse(line)).toReversed();
      expect(error).toMatchObject({ error: { code: 'SCHEMA_INCOMPATIBLE' } });
      const refused = events.filter(({ verdict }: CheckedEvent) => verdict !== 'unchanged');
      expect(refused).toMatchObject([
        {
          stream: 'records',
          event: 'RecordIngested',
          faults: [{ versions: [1], why: expect.stringMatching(/^venue/) }],
        },
      ]);
    });
  });

  test('a new event is told to be new; one that was published may not go', async () => {
    const [gone, added] = ['schemas/alerts/AlertResolved.avsc', 'schemas/alerts/AlertForwarded.avsc'].map(
      clone.at,
    );
    const text = await readFile(gone!, 'utf8');
    await rm(gone!);
    await writeFile(added!, text.replaceAll('AlertResolved', 'AlertForwarded'));
    const { code, stdout } = await check();
    await writeFile(gone!, text);
    await rm(added!);
    expect(code).toBe(3);
    expect(stdout).toContain('alerts/AlertForwarded: new\n');
    expect(stdout).toMatch(/alerts\/AlertResolved: refused: its \.avsc is gone/);
  });

  test('a file that is no JSON, or no schema, is named', async () => {
    const path = join('schemas', 'samples', 'SampleRejected.avsc');
    const before = await readFile(clone.at(path), 'utf8');
    await writeFile(clone.at(path), before.slice(0, -3));
    const broken = await check();
    await writeFile(clone.at(path), before.replace('"string"', '"text"'));
    const wrong = await check();
    await writeFile(clone.at(path), before);
    expect(broken).toMatchObject({ code: 2, stderr: expect.stringContaining(path) });
    expect(broken.stderr).toContain('INPUT_UNREADABLE');
    expect(wrong).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/SampleRejected refused: .*Avro.*text/),
    });
  });
});
