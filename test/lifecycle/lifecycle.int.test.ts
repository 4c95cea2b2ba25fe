import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, open, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Summary } from '../../operations/lifecycle/summary.ts';
import {
  answer,
  answers,
  epochlog,
  finished,
  printed,
  run,
  smallWindows,
  text,
  writeCorpus,
} from '../harness/command.ts';
import { runGuide } from '../harness/guide.ts';

/** A lifecycle, and commands on the home that it leaves; the reader of some has seen enough. */

const PAPERS = 520;

let folder: string;
let lifecycle: string[];
let summary: Summary;

const home = (name: string) => join(folder, name);
interface History {
  production?: { data: { version: string } };
  chain: { instant?: number }[];
}

/** What does not depend on the time. */
const comparable = ({ months, decisions, totals, overall }: Summary) => ({
  months,
  overall,
  decisions: decisions.map(({ version, change, reason }) => ({ version, change, reason })),
  totals: totals.map(({ type, events }) => ({ type, events })),
});
const counts = ({ totals }: Summary) => Object.fromEntries(totals.map(({ type, events }) => [type, events]));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'epochlog-lifecycle-'));
  await writeCorpus(home('papers.jsonl'), PAPERS);
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
    expect(recorded.RecordIngested).toBe(PAPERS);
    expect(
      (recorded.SampleAccepted ?? 0) + (recorded.SampleDeduplicated ?? 0) + (recorded.SampleRejected ?? 0),
    ).toBe(PAPERS);
  });

  test('run again, adds nothing', async () => {
    expect(comparable(await answer(home('quiet'), lifecycle))).toEqual(comparable(summary));
  });
});

/** Beside `epochlog up`, whose services the commands find running. */
describe('the home of a lifecycle', () => {
  let up: ChildProcess;
  let url: string;
  beforeAll(async () => {
    up = epochlog(home('quiet'), ['up', '--json'], { EPOCHLOG_PORT: '0' });
    url = JSON.parse(await printed(up, /\n/)).url;
  });
  afterAll(async () => {
    const ended = finished(up);
    up.kill('SIGTERM');
    await ended;
  });

  test('says of each training plan what it has cost', async () => {
    const sql =
      'SELECT count() AS plans, countIf(training_seconds > 0 AND evaluation_seconds > 0 AND evaluations > 0 AND elapsed_seconds >= training_seconds) AS told FROM training_plan_costs';
    const [{ plans, told } = { plans: 0, told: 0 }] = await answers<{ plans: number; told: number }>(
      home('quiet'),
      ['sql', sql],
    );
    expect(plans).toBeGreaterThan(1);
    expect(told).toBe(plans);
  });

  test('leaves projections that equal their rebuild from the log', async () => {
    expect(await answer(home('quiet'), ['verify'])).toMatchObject({ verified: true, log: { faults: 0 } });
  });

  test('refuses another cut in the same home, and says how to resume', async () => {
    const another = ['lifecycle', '--data', home('papers.jsonl'), '--cut', '2025-02-01', '--json'];
    const { code, stdout } = await run(home('quiet'), another);
    expect({ code, ...JSON.parse(stdout) }).toEqual({
      code: 3,
      error: { code: 'CONFLICT', message: expect.stringMatching(/--cut 2025-01-01.*EPOCHLOG_HOME/) },
    });
  });

  test('tells people the same, within 80 columns, and ends with a prediction that is right', async () => {
    const told = await text(home('quiet'), lifecycle);
    const lines = told.split('\n');
    const months = summary.months.map(({ month }) => month);
    expect(lines.flatMap((line) => /^(\d{4}-\d{2}) /.exec(line)?.[1] ?? [])).toEqual(months);
    const [, command = '', label = ''] = /npx epochlog (predict .*)\n.* true label is (\S+)/.exec(told) ?? [];
    expect(await text(home('quiet'), command.split(' '))).toContain(`  ${label}  `);
    const paths = [home('quiet'), 'example.jsonl']; // outside of the working directory they are long
    const others = lines.filter((line) => !paths.some((path) => line.includes(path)));
    expect(Math.max(...others.map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  test('is of its own time: what served in a month, years ago, and what put it there', async () => {
    const served = async (at: string) =>
      (await answer<History>(home('quiet'), ['history', '--at', at])).production?.data.version;
    for (const { month, versions } of summary.months) {
      expect(await served(`${month}-01`), month).toBe(versions[0]);
    }
    expect(await served('2024-12-31')).toBeUndefined();
    const { chain } = await answer<History>(home('quiet'), ['history', '--at', '2025-01-15']);
    expect(new Set(chain.map(({ instant }) => instant))).toEqual(new Set([Date.parse('2025-01-01')]));
    const first =
      "SELECT version, instant FROM version_history WHERE change = 'promoted' ORDER BY sequence LIMIT 1";
    expect(await answers(home('quiet'), ['sql', first])).toEqual([
      { version: 'v1.0.0', instant: '2025-01-01T00:00:00.000Z' },
    ]);
  });

  test('is explored, predicted with, trained and promoted by hand as the tutorial says, word for word', async () => {
    await symlink(home('quiet'), join(folder, '.epochlog')); // where the reader has it
    const said = await runGuide({ name: 'tutorial', home: home('quiet'), cwd: folder, url });
    const of = (words: string) => [...said].find(([line]) => line.includes(words))?.[1];
    expect(of('history --at 2025-03-15')).toMatch(
      /v1\.\d\.0 is in production[\s\S]*What put v1\.\d\.0 there/,
    );
    expect(of('/v1/predict')).toMatch(/"requestId":"mine-1"/);
    expect(of('train --no-promote')).toMatch(/: registered, /);
    expect(of('promote v1.1.0')).toMatch(/serves v1\.1\.0/);
    expect(of('toStartOfMonth')).toMatch(/ 2025-06-01 /);
  });

  test('is told without what others ask for afterwards: a prediction, a promotion', async () => {
    const { totals: _, ...told } = comparable(await answer(home('quiet'), lifecycle));
    expect(told).toEqual({ ...comparable(summary), totals: undefined });
  });

  test('refuses other papers in the same home', async () => {
    await writeCorpus(home('others.jsonl'), 400);
    const other = ['lifecycle', '--data', home('others.jsonl')];
    const { code, stderr } = await run(home('quiet'), other);
    expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringContaining('EPOCHLOG_HOME') });
  });

  describe('the reader of the output', () => {
    test.each<[string, () => string[]]>([
      ['rows', () => ['sql', '--json', 'SELECT data FROM events']],
      ['events', () => ['events', '--json', '--limit', '100000', '--follow']],
      ['predictions', () => ['predict', '--data', home('papers.jsonl')]],
    ])('may have seen enough %s', async (_, args) => {
      const child = epochlog(home('quiet'), args());
      const end = finished(child);
      child.stdout?.once('data', () => child.stdout?.destroy());
      expect(await end).toMatchObject({ code: 0, stderr: '' });
    });

    test.runIf(existsSync('/dev/full'))('may be a full disk: the command ends at once', async () => {
      await using full = await open('/dev/full', 'w');
      const child = epochlog(
        home('quiet'),
        ['predict', '--data', home('papers.jsonl')],
        {},
        { stdout: full.fd },
      );
      expect(await finished(child)).toMatchObject({
        code: null,
        stderr: expect.stringContaining('[DISK_FULL]'),
      });
    });
  });
});
