import { type ChildProcess, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore } from '../../cli/store.ts';
import { readConfig } from '../../infra/config/config.ts';
import type { Store } from '../../operations/session.ts';
import type { EventType } from '../../schemas/catalogue.ts';
import { epochlog } from '../harness/command.ts';
import { eventually } from '../harness/eventually.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { fillWithVersions } from '../harness/rollouts.ts';
import { toyDataset } from '../harness/toy-dataset.ts';

const POLICY = `
rollout:
  strategy: canary
  stages: [20, 50]
  dwell: 1s
  minimumSamples: 20
  reviewEvery: 1s
  latencyRatio: 1000000
  maximumP95Ms: 1000000
guard: { p95Ms: null }
`;
const { validation: papers } = toyDataset(99);

let home: Awaited<ReturnType<typeof temporaryFolder>>;
let store: Store;
let up: ChildProcess;
let url: string;
beforeAll(async () => {
  home = await temporaryFolder('epochlog-rollout-kills-');
  await fillWithVersions(home.path, POLICY);
  store = await openStore(readConfig({ home: home.path }, {}), 'test');
  await start();
});
afterAll(async () => {
  await kill();
  await store.close();
  await home[Symbol.asyncDispose]();
});

async function start(): Promise<void> {
  up = epochlog(home.path, ['up', '--json'], { EPOCHLOG_PORT: '0', EPOCHLOG_LOG_LEVEL: 'error' });
  up.stderr?.resume();
  const lines = createInterface({ input: up.stdout! });
  const [line] = await once(lines, 'line');
  url = JSON.parse(String(line)).url;
}

/** kill -9 of the process that runs all services: predictor, deployer, measurer, registrar and projector. */
async function kill(): Promise<void> {
  const ended = once(up, 'exit');
  up.kill('SIGKILL');
  await ended;
}

/** kill -9 of the processes that run the graphs. */
function killInference(): void {
  const children = execFileSync('pgrep', ['-P', String(up.pid), '-f', 'infra/inference'], {
    encoding: 'utf8',
  });
  for (const pid of children.split('\n').filter(Boolean)) process.kill(Number(pid), 'SIGKILL');
}

async function ask(i: number): Promise<number> {
  const { title, abstract } = papers[i % papers.length]!;
  const body = JSON.stringify({ model: 'toy', instance: { title, abstract } });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/v1/predict`, { method: 'POST', headers, body });
  await answer.arrayBuffer();
  return answer.status;
}

const found = (type: EventType) => Array.fromAsync(store.events.scan([type]));

/** Asks until something is so; every answer must be a prediction. */
async function askUntil(isSo: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i % 10 !== 0 || !(await isSo()); i++) {
    expect(await ask(i)).toBe(200);
    await sleep(5);
  }
}

const post = async (path: string, body: object) => {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  expect(answer.status, await answer.text()).toBe(202);
};

test('kill -9 of all services, and of the inference, in the middle of each stage: the canary ends as it would have', async () => {
  await post('/v1/deployments', { model: 'toy', version: 'v1.1.0', strategy: 'canary' });
  await kill(); // the candidate is perhaps loaded
  await start();
  for (const shifts of [1, 2]) {
    await askUntil(async () => (await found('TrafficShifted')).length >= shifts);
    killInference();
    await askUntil(async () => (await found('MeasurementRequested')).length >= shifts);
    await kill(); // a measurement is under way, or the next stage has just begun
    await start();
  }
  await askUntil(async () => (await found('TrafficShifted')).length >= 3);
  await kill(); // the candidate has all the traffic, and is perhaps promoted
  await start();
  await askUntil(async () => (await found('VersionPromoted')).length > 1);
  expect(await found('TrafficShifted')).toMatchObject([20, 50, 100].map((share) => ({ data: { share } })));
  expect(await found('DeploymentCompleted')).toHaveLength(1);
  expect(await found('DeploymentRolledBack')).toEqual([]);
});

test('a rollback that is asked for, and a kill -9 at once: the version before is back', async () => {
  await post('/v1/rollbacks', { model: 'toy', reason: 'seen' });
  await kill();
  await start();
  const back = await eventually(async () => (await found('VersionRolledBack'))[0]);
  expect(back.data).toMatchObject({ version: 'v1.0.0', from: 'v1.1.0' });
  await askUntil(async () => true);
});
