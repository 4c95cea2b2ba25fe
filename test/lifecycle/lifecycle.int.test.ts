import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../../ml/random.ts';
import { answer, answers, epochlog, finished, run, smallWindows, writeCorpus } from '../harness/command.ts';

interface Summary {
  months: { month: string; records: number; value: number; first_value: number; versions: string[] }[];
  decisions: { version: string; change: string }[];
  totals: { type: string; events: number }[];
  overall: { production: number; firstVersion: number };
}

let folder: string;
let lifecycle: string[];
/** of a run that was not killed */
let summary: Summary;

const home = (name: string) => join(folder, name);
const counts = ({ totals }: Summary) => Object.fromEntries(totals.map(({ type, events }) => [type, events]));

/** The model hash of every version. */
async function models(name: string): Promise<unknown[]> {
  const sql =
    'SELECT version, model_hash, change FROM version_history WHERE model_hash IS NOT NULL ORDER BY sequence';
  return answers(home(name), ['query', sql]);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'epochlog-lifecycle-'));
  await writeCorpus(home('papers.jsonl'), 1_500);
  lifecycle = ['lifecycle', '--data', home('papers.jsonl'), '--cut', '2025-01-01'];
  await smallWindows(home('quiet'));
  summary = await answer(home('quiet'), lifecycle);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the lifecycle', () => {
  test('trains, serves, drifts, retrains and promotes', () => {
    expect(summary.months.map(({ month }) => month)).toEqual([
      '2025-01',
      '2025-02',
      '2025-03',
      '2025-04',
      '2025-05',
      '2025-06',
    ]);
    expect(summary.decisions[0]).toMatchObject({ version: 'v1.0.0', change: 'registered' });
    expect(summary.decisions[1]).toMatchObject({ version: 'v1.0.0', change: 'promoted' });
    const recorded = counts(summary);
    for (const type of [
      'DriftMeasured',
      'QualityMeasured',
      'AlertRaised',
      'TrainingPlanned',
      'SampleDeduplicated',
      'SampleRejected',
    ]) {
      expect(recorded[type], type).toBeGreaterThan(0);
    }
    expect(recorded.TrainingPlanConcluded).toBe(recorded.TrainingPlanned);
    expect(recorded.OutcomeReported).toBe(recorded.PredictionServed);
    expect(recorded.RecordIngested).toBe(1_500);
    expect(
      (recorded.SampleAccepted ?? 0) + (recorded.SampleDeduplicated ?? 0) + (recorded.SampleRejected ?? 0),
    ).toBe(1_500);
  });

  test('run again, adds nothing', async () => {
    const again: Summary = await answer(home('quiet'), lifecycle);
    expect(counts(again)).toEqual(counts(summary));
    expect(again.decisions).toEqual(summary.decisions);
  });

  test('leaves projections that equal their rebuild from the log', async () => {
    expect(await answer(home('quiet'), ['verify'])).toMatchObject({ verified: true, log: { faults: 0 } });
  });

  test('refuses other papers in the same home', async () => {
    await writeCorpus(home('others.jsonl'), 400);
    const other = ['lifecycle', '--data', home('others.jsonl')];
    const { code, stderr } = await run(home('quiet'), other);
    expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringContaining('EPOCHLOG_HOME') });
  });
});

test('a lifecycle killed with -9 at random moments resumes: no event is lost or doubled, and the models are the same', async () => {
  await smallWindows(home('killed'));
  const random = seededRandom(7);
  let kills = 0;
  for (let ended = false; !ended; ) {
    const child = epochlog(home('killed'), [...lifecycle, '--json']);
    const end = finished(child);
    if (kills < 8) {
      const moment = sleep(600 + random() * 2_500).then(() => 'kill' as const);
      if ((await Promise.race([end, moment])) === 'kill') {
        child.kill('SIGKILL');
        kills += 1;
      }
    }
    const { code, stderr } = await end;
    ended = code === 0;
    if (code !== null) expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }
  expect(kills).toBeGreaterThan(3);
  expect(counts(await answer(home('killed'), lifecycle))).toEqual(counts(summary));
  expect(await answer(home('killed'), ['verify'])).toMatchObject({ verified: true, log: { faults: 0 } });
  expect(await models('killed')).toEqual(await models('quiet'));
});
