import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../test/harness/eventually.ts';
import { crashing } from '../../test/harness/faults.ts';
import {
  CONTENT_HASH,
  lossOf,
  runStory,
  searchStory,
  storedPackage,
  tell,
} from '../../test/harness/mirrored-story.ts';
import { type ServicesOptions, startServices } from '../../test/harness/services.ts';
import { startTracker } from '../../test/harness/tracker.ts';
import { service } from './service.ts';

/** What MLflow's clients use is a server for the mirror too. */
let tracker: Awaited<ReturnType<typeof startTracker>>;
let uri: string;
beforeAll(async () => {
  tracker = await startTracker({ token: 'secret-of-the-server' });
  uri = await tracker.listen();
  process.env.TOKEN_OF_THE_TEST = 'secret-of-the-server';
});
afterAll(async () => {
  delete process.env.TOKEN_OF_THE_TEST;
  await tracker[Symbol.asyncDispose]();
});

const environmentOf = (experiment: string) => ({
  EPOCHLOG_MIRROR_URI: uri,
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference
  EPOCHLOG_MIRROR_TOKEN: '${env:TOKEN_OF_THE_TEST}',
  EPOCHLOG_MIRROR_EXPERIMENT: experiment,
  EPOCHLOG_MIRROR_MAX_PAUSE_SECONDS: '0.05',
});
const start = (options: ServicesOptions) => startServices([service], options);

async function runsOf(name: string) {
  const { experiment } = await tracker.ask('GET', 'experiments/get-by-name', { experiment_name: name });
  const { runs = [] } = await tracker.ask('POST', 'runs/search', {
    ...{ experiment_ids: [experiment.experiment_id], order_by: ['attributes.run_name'] },
  });
  return runs as {
    info: { run_id: string; run_name: string; status: string };
    data: { params: { key: string; value: string }[]; tags: { key: string; value: string }[] };
  }[];
}

/** Where nobody listens. */
async function closedAddress(): Promise<string> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return `http://127.0.0.1:${port}`;
}

const mapOf = (pairs: readonly { key: string; value: string }[]) =>
  Object.fromEntries(pairs.map(({ key, value }) => [key, value]));

test('each event is written once, through ten crashes: params, metrics by step, artifacts, versions, searches', async () => {
  const crash = crashing(10, { share: 0.15, seed: 11 });
  const faults = { beforeCommit: crash, afterCommit: crash };
  await using services = await start({
    environment: environmentOf('crashes/{model}'),
    faults,
    restarts: 100,
  });
  const digest = await storedPackage(services.artifacts, 'a graph');
  const trial = runStory({ run: 3, epochs: 2, package: digest, searchId: 's1' });
  const story = [
    ...runStory({ run: 1, epochs: 20, package: digest }),
    ...runStory({ run: 2, epochs: 3, package: digest }),
    ...searchStory('s1', trial),
  ];
  const ids = [];
  for (let at = 0; at < story.length; at += 3) ids.push(...(await tell(services, story.slice(at, at + 3))));
  const written = await eventually(async () => {
    const found = await services.all('EventMirrored');
    return found.length >= story.length ? found : undefined;
  });
  expect(crash.crashes).toBe(10);
  expect(written.map(({ data }) => data.eventId).sort()).toEqual(ids.sort());
  expect(await services.all('MirrorGivenUp', 'MirrorAttemptFailed')).toEqual([]);

  const runs = await runsOf('crashes/topics');
  const day = new Date(Date.now() - 60_000).toISOString().slice(0, 10);
  expect(runs.map(({ info }) => [info.run_name, info.status])).toEqual(
    ['r1', 'r2', 'r3', 's1'].map((id) => [`epochlog-topics-${day}-${id}`, 'FINISHED']),
  );
  const [first, second, third, search] = runs;
  expect(mapOf(first!.data.params)).toEqual({
    ...{ engine: 'linear', seed: '7', 'seeds.split': '3', dataset_id: 'd1' },
    ...{ learning_rate: '0.1', layers: '[64,32]', is_warm: 'true' },
  });
  expect(mapOf(first!.data.tags)).toMatchObject({
    ...{ 'epochlog.run_id': 'r1', 'epochlog.dataset_hash': CONTENT_HASH, 'epochlog.package': digest },
  });
  expect(mapOf(third!.data.tags)['mlflow.parentRunId']).toBe(search!.info.run_id);
  expect(mapOf(search!.data.params)).toMatchObject({
    ...{
      'objective.metric': 'accuracy',
      'search.space.learning_rate.min': '0.01',
      'best.learning_rate': '0.1',
    },
  });
  const run_id = first!.info.run_id;
  const { metrics } = await tracker.ask('GET', 'metrics/get-history', { run_id, metric_key: 'train_loss' });
  expect(metrics.map(({ step, value }: { step: number; value: number }) => [step, value])).toEqual(
    Array.from({ length: 20 }, (_, at) => [at + 1, lossOf(1, at + 1)]),
  );
  const { files } = await tracker.ask('GET', 'artifacts/list', { run_id, path: 'package' });
  expect(files.map(({ path }: { path: string }) => path)).toEqual(
    ['MLmodel', 'SHA256SUMS', 'model.onnx'].map((name) => `package/${name}`),
  );
  const { model_versions } = await tracker.ask('GET', 'model-versions/search', { filter: "name='topics'" });
  expect(
    model_versions.map(({ version, run_id }: { version: string; run_id: string }) => [version, run_id]),
  ).toEqual(
    expect.arrayContaining([
      ['1', run_id],
      ['2', second!.info.run_id],
    ]),
  );
  expect(model_versions).toHaveLength(2);
  const { model_version } = await tracker.ask('GET', 'registered-models/alias', {
    name: 'topics',
    alias: 'production',
  });
  expect(model_version.version).toBe('2');
});

test('what a server does not take is told, waits, and is written when it does; another address gets all from the beginning', async () => {
  const away = { ...environmentOf('away'), EPOCHLOG_MIRROR_URI: await closedAddress() };
  await using before = await start({ environment: away });
  const digest = await storedPackage(before.artifacts, 'another graph');
  const ids = await tell(before, runStory({ run: 7, epochs: 4, package: digest }));
  const failed = await eventually(async () => {
    const found = await before.all('MirrorAttemptFailed');
    return found.length > 1 ? found : undefined;
  });
  expect(failed.map(({ data }) => [data.eventId, data.attempt, data.code])).toEqual(
    failed.map((_, at) => [ids[0], at + 1, 'ECONNREFUSED']),
  );
  await before.host.stop();

  const refused = { ...environmentOf('away'), EPOCHLOG_MIRROR_TOKEN: '' };
  const { log, codec, artifacts } = before;
  const store = { ...before, log, codec, artifacts };
  await using without = await start({ store, environment: refused });
  const [unauthorized] = await eventually(async () => {
    const found = await without.all('MirrorAttemptFailed');
    const own = found.filter(({ data }) => data.server === uri);
    return own.length > 0 ? own : undefined;
  });
  expect(unauthorized?.data.code).toBe('UNAUTHORIZED');
  expect(unauthorized?.data.reason).toContain('EPOCHLOG_MIRROR_TOKEN');
  await without.host.stop();

  await using after = await start({ store, environment: environmentOf('away') });
  await eventually(async () => (await after.all('EventMirrored')).length === ids.length || undefined);
  const written = await after.all('EventMirrored');
  expect(written.map(({ data }) => data.eventId)).toEqual(ids);
  expect(await after.all('MirrorGivenUp')).toEqual([]);
  const told = JSON.stringify(await after.all('MirrorAttemptFailed', 'EventMirrored', 'MirrorDue'));
  expect(told).not.toContain('secret-of-the-server');
});
