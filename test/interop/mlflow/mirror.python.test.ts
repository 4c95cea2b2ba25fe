import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { getBundle, putBundle } from '../../../kernel/bundle.ts';
import { sha256 } from '../../../ml/hash.ts';
import { seededRandom } from '../../../ml/random.ts';
import { eventually } from '../../harness/eventually.ts';
import { temporaryFolder } from '../../harness/folder.ts';
import { killedAfter, killedWhen } from '../../harness/killed.ts';
import { CONTENT_HASH, lossOf, runStory, searchStory, tell } from '../../harness/mirrored-story.ts';
import { mlflowServer } from '../../harness/mlflow-server.ts';
import { startServices } from '../../harness/services.ts';
import { toyPackage } from '../../harness/toy-package.ts';
import { pythonWith } from '../python.ts';

const here = (file: string) => join(import.meta.dirname, file);
const RUNS = 2;
const EPOCHS = 30;

interface Read {
  runs: {
    id: string;
    name: string;
    status: string;
    params: Record<string, string>;
    tags: Record<string, string>;
    metrics: Record<string, [step: number, value: number | 'nan', timestamp: number][]>;
    datasets: unknown[];
    artifacts: Record<string, string>;
  }[];
  versions: {
    version: string;
    runId: string;
    tags: Record<string, string>;
    aliases: string[];
    inputs: string[];
  }[];
}

test('a server of MLflow has all of a log exactly once, though mirror and server are killed again and again', async () => {
  const python = await pythonWith(here('requirements.txt'));
  await using folder = await temporaryFolder('mirror');
  await using server = await mlflowServer(python, folder.path);
  await using services = await startServices([], {});
  const random = seededRandom(3);
  process.env.EPOCHLOG_MIRROR_URI = server.uri;
  process.env.EPOCHLOG_MIRROR_MAX_PAUSE_SECONDS = '0.2';

  const digest = await putBundle(services.artifacts, await toyPackage(1));
  const stories = [
    ...Array.from({ length: RUNS }, (_, at) => runStory({ run: at + 1, epochs: EPOCHS, package: digest })),
    searchStory('s1', runStory({ run: 9, epochs: 5, package: digest, searchId: 's1' })),
    runStory({ run: RUNS + 1, epochs: EPOCHS, package: digest }),
  ];
  const ids: string[] = [];
  const begun = async () => (await services.all('MirrorDue')).length;

  for (const [kill, story] of stories.entries()) {
    const isWithoutServer = kill === 1;
    if (isWithoutServer) await server.kill();
    ids.push(...(await tell(services, story)));
    if (kill === stories.length - 1) {
      await killedAfter('MirrorDue', 1, services.home, 'mirror'); // what it has sent of the last one is not in the log
      continue;
    }
    const before = await begun();
    await killedWhen(
      async () => {
        await eventually(async () => (await begun()) > before || undefined);
        await sleep(random() * 400); // it is in a batch
        if (!isWithoutServer) return;
        await eventually(async () => (await services.all('MirrorAttemptFailed')).length > 0 || undefined);
      },
      services.home,
      'mirror',
    );
    if (isWithoutServer) await server.start();
  }
  const killedAt = (await services.all('EventMirrored')).length;
  await killedWhen(
    () =>
      eventually(async () => {
        const [mirrored, givenUp] = [
          await services.all('EventMirrored'),
          await services.all('MirrorGivenUp'),
        ];
        return mirrored.length + givenUp.length >= ids.length || undefined;
      }),
    services.home,
    'mirror',
  );
  delete process.env.EPOCHLOG_MIRROR_URI;
  delete process.env.EPOCHLOG_MIRROR_MAX_PAUSE_SECONDS;

  const facts = await services.all('EventMirrored');
  expect(facts.map(({ data }) => data.eventId).sort()).toEqual(ids.sort());
  expect(await services.all('MirrorGivenUp')).toEqual([]);
  expect(killedAt).toBeLessThan(ids.length);

  const env = {
    ...process.env,
    MLFLOW_TRACKING_URI: server.uri,
    MLFLOW_DISABLE_TELEMETRY: 'true',
    PYTHONWARNINGS: 'ignore',
  };
  const { stdout } = await promisify(execFile)(python, [here('read_mirror.py'), 'topics'], {
    env,
    maxBuffer: 1 << 26,
  });
  const { runs, versions } = JSON.parse(stdout.trim().split('\n').at(-1)!) as Read;
  expect(runs.map(({ tags }) => tags['epochlog.run_id'] ?? tags['epochlog.search_id'])).toEqual([
    'r1',
    'r2',
    'r3',
    'r9',
    's1',
  ]);
  expect(new Set(runs.map(({ status }) => status))).toEqual(new Set(['FINISHED']));

  const files = Object.fromEntries(
    [...(await getBundle(services.artifacts, digest))].map(([name, bytes]) => [
      `package/${name}`,
      sha256(bytes),
    ]),
  );
  const epochs = await services.all('EpochCompleted');
  for (const run of runs.filter(({ tags }) => tags['epochlog.run_id'] !== undefined)) {
    const runId = run.tags['epochlog.run_id'];
    const own = epochs.filter(({ data }) => data.runId === runId);
    expect(run.metrics.train_loss).toEqual(own.map(({ time, data }) => [data.epoch, data.trainLoss, time]));
    expect(run.metrics.train_loss?.at(-1)?.[1]).toBe(lossOf(Number(runId?.slice(1)), own.length));
    expect(run.metrics.val_log_loss?.[0]?.[1]).toBe('nan');
    expect(run.metrics.accuracy?.map(([step, value]) => [step, value])).toEqual([[own.length, 0.8]]);
    expect(run.params).toEqual({
      ...{ engine: 'linear', seed: '7', 'seeds.split': '3', dataset_id: `d${runId?.slice(1)}` },
      ...{ learning_rate: '0.1', layers: '[64,32]', is_warm: 'true' },
    });
    expect(run.datasets).toEqual([[run.params.dataset_id, CONTENT_HASH.slice(7, 43), ['training']]]);
    expect(run.artifacts).toEqual({
      ...files,
      'package/MLmodel': expect.any(String),
      'figures/learning-curves.svg': expect.any(String),
    });
  }
  const trial = runs.find(({ tags }) => tags['epochlog.run_id'] === 'r9');
  expect(trial?.tags['mlflow.parentRunId']).toBe(
    runs.find(({ tags }) => tags['epochlog.search_id'] === 's1' && tags['epochlog.run_id'] === undefined)?.id,
  );
  expect(versions.map(({ version, tags, aliases }) => [version, tags['epochlog.version'], aliases])).toEqual([
    ['1', 'v1.0.1', []],
    ['2', 'v1.0.2', []],
    ['3', 'v1.0.3', ['production']],
  ]);
  expect(versions.map(({ runId }) => runId)).toEqual(runs.slice(0, RUNS + 1).map(({ id }) => id));
  expect(versions[0]?.inputs.length).toBeGreaterThan(0); // mlflow.onnx has loaded the package
});
