import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../../cli/store.ts';
import { readConfig } from '../../infra/config/config.ts';
import { ConfluentRegistry } from '../../infra/registry/confluent.ts';
import { readAll } from '../contract/event-log-kit.ts';
import { text } from '../harness/command.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { type PreparedCluster, preparedCluster } from '../harness/prepared.ts';
import { beginService } from '../harness/service-process.ts';
import { Trial } from './trial.ts';

/** The registry fails, and returns. */

const stack = new AsyncDisposableStack();
let home: string;
let prepared: PreparedCluster;
let trial: Trial;
beforeAll(async () => {
  home = stack.use(await temporaryFolder('registry')).path;
  prepared = stack.use(await preparedCluster());
  trial = stack.use(await Trial.open(prepared.environment));
});
afterAll(() => stack.disposeAsync());

test('kill -9 of the registry: running services continue, a starting one waits, and nothing is lost or doubled', async () => {
  const { cluster, environment } = prepared;
  const worker = await trial.start();
  await worker.has('trainer', 4);
  await trial.requests(20);
  await cluster.stopRegistry();
  await trial.requests(20);
  expect(await trial.verdict()).toEqual([]); // all was processed without it

  await using service = beginService('curator', home, environment);
  const { url } = await service.waits('REGISTRY_UNAVAILABLE');
  expect((await fetch(`${url}/health/live`)).status).toBe(200);
  await trial.requests(20);
  await cluster.startRegistry();
  await service.running();
  expect(await service.stop()).toBe(0);

  await worker.kill();
  await trial.start();
  await trial.requests(20);
  expect(await trial.verdict()).toEqual([]);
});

describe('a registry that has lost its schemas', () => {
  const empty = async () => {
    const { cluster } = prepared;
    await cluster.stopRegistry();
    await rm(join(cluster.folder, 'registry.mv.db'));
    await cluster.startRegistry();
  };

  test('is reported by a starting service; after the schemas are pushed again in their order, all works as before', async () => {
    const { environment } = prepared;
    await empty();
    await using service = beginService('curator', home, environment);
    const { code, stdout } = await service.ended;
    expect([code, JSON.parse(stdout)]).toMatchObject([2, { error: { code: 'SCHEMA_UNKNOWN' } }]);
    await text(home, ['schemas', 'push'], environment);
    await trial.start();
    await trial.requests(20);
    expect(await trial.verdict()).toEqual([]);
  });

  test('and assigns other ids: no earlier event is decoded with a wrong schema', async () => {
    const { environment } = prepared;
    await empty();
    const registry = new ConfluentRegistry({ url: environment.EPOCHLOG_REGISTRY!, register: true });
    await registry.idOf('other', JSON.stringify({ type: 'record', name: 'Other', fields: [] }));
    await text(home, ['schemas', 'push'], environment);
    const { log, codec, close } = await openStore(readConfig({ home }, environment), 'test');
    const records = await readAll(log, 'epochlog.runs');
    expect(records.length).toBeGreaterThan(0);
    for (const record of records) {
      await expect(codec.decode(record)).rejects.toMatchObject({
        code: 'EVENT_UNDECODABLE',
        // the id may be that of another version of the same event, which has other fields: the bytes do not fit it
        message: expect.stringMatching(
          /schema \d+ of the registry is epochlog\.\w+\.\w+, not epochlog\.runs\.\w+: the registry is not|too (few|many) bytes/,
        ),
      });
    }
    await close();
  });
});
