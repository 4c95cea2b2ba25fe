import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lockHolder } from '../../infra/home.ts';
import { seededRandom } from '../../ml/random.ts';
import type { Summary } from '../../operations/lifecycle/summary.ts';
import { appended } from '../harness/appended.ts';
import { OF_KILLS } from '../harness/canonical.ts';
import {
  answer,
  answers,
  ctrlC,
  epochlog,
  finished,
  printed,
  smallWindows,
  writeCorpus,
} from '../harness/command.ts';
import { eventually } from '../harness/eventually.ts';

/** A lifecycle that is interrupted: by a kill, by a user. */

let folder: string;
let lifecycle: string[];
/** of a run that was not killed */
let summary: Summary;
/** that it made */
let trained: unknown[];

const home = (name: string) => join(folder, name);

/** What does not depend on the time. */
const comparable = ({ months, decisions, totals, overall }: Summary) => ({
  months,
  overall,
  decisions: decisions.map(({ version, change, reason }) => ({ version, change, reason })),
  totals: totals.filter(({ type }) => !OF_KILLS.has(type)).map(({ type, events }) => ({ type, events })),
});

/** The model hash of every version. */
async function models(name: string): Promise<unknown[]> {
  const sql =
    'SELECT version, model_hash, change FROM version_history WHERE model_hash IS NOT NULL ORDER BY sequence';
  return answers(home(name), ['sql', sql]);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'epochlog-killed-'));
  await writeCorpus(home('papers.jsonl'), 520);
  lifecycle = ['lifecycle', '--data', home('papers.jsonl'), '--cut', '2025-01-01'];
  await smallWindows(home('quiet'));
  summary = await answer(home('quiet'), lifecycle);
  trained = await models('quiet');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a lifecycle that is killed with -9 or by Ctrl-C in each of its phases resumes: no event is lost or doubled, and the models are the same', async () => {
  await smallWindows(home('killed'));
  const random = seededRandom(7);
  for (const [phase, signal] of [
    ['RecordIngested', 'SIGKILL'],
    ['EpochCompleted', 'SIGKILL'],
    ['PredictionServed', 'SIGKILL'],
    ['TrainingPlanned', 'SIGINT'],
  ] as const) {
    const child = epochlog(home('killed'), [...lifecycle, '--json'], {}, { detached: true });
    const end = finished(child);
    await Promise.race([appended(home('killed'), phase), end]);
    await sleep(random() * 100);
    if (signal === 'SIGINT') ctrlC(child);
    else child.kill(signal);
    const { code, stdout, stderr } = await end;
    expect({ phase, code, stderr }).toEqual({ phase, code: signal === 'SIGINT' ? 130 : null, stderr: '' });
    if (signal === 'SIGINT')
      expect(JSON.parse(stdout.trim().split('\n').at(-1)!).error).toMatchObject({ code: 'INTERRUPTED' });
  }
  expect(comparable(await answer(home('killed'), lifecycle))).toEqual(comparable(summary));
  expect(await answer(home('killed'), ['verify'])).toMatchObject({ verified: true, log: { faults: 0 } });
  expect(await models('killed')).toEqual(trained);
});

test('a command ends when its services are killed, and its request is processed at the next start', async () => {
  const concluded = async () =>
    (await answers(home('quiet'), ['events', '--type', 'TrainingPlanConcluded'])).length;
  const before = await concluded();
  const up = epochlog(home('quiet'), ['up', '--json'], { EPOCHLOG_PORT: '0' });
  const started = printed(up, /\n/);
  await eventually(async () => (await lockHolder(home('quiet'))) ?? undefined); // most often it is still starting
  await answer(home('quiet'), ['sql', 'SELECT 1']); // waits until they have started
  await started;
  up.kill('SIGSTOP'); // it cannot answer now
  const train = finished(epochlog(home('quiet'), ['train']));
  await Promise.race([appended(home('quiet'), 'TrainingPlanRequested'), train]);
  up.kill('SIGKILL');
  expect(await train).toMatchObject({
    code: 130,
    stderr: expect.stringMatching(/has ended.* at the next start/),
  });
  expect(await concluded()).toBe(before);
  await answer(home('quiet'), ['verify']); // starts all services
  expect(await concluded()).toBe(before + 1);
});
