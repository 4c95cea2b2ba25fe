import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../../cli/store.ts';
import { readConfig } from '../../infra/config/config.ts';
import { lockHolder } from '../../infra/home.ts';
import { ALL_STREAMS, type EventType } from '../../schemas/catalogue.ts';
import {
  answer,
  answers,
  ctrlC,
  epochlog,
  finished,
  printed,
  run,
  smallWindows,
  writeCorpus,
} from '../harness/command.ts';
import { eventually } from '../harness/eventually.ts';
import { type TemporaryFolder, temporaryFolder } from '../harness/folder.ts';

/** Commands that are interrupted: by the user, by the end of the services, by a closed pipe. */

interface Summary {
  months: object[];
  decisions: { version: string; change: string; reason: string | null }[];
  totals: { type: string; events: number }[];
  overall: object;
}

let folder: TemporaryFolder;
let papers: string;
let lifecycle: string[];
/** of a run that was not interrupted */
let home: string;
let quiet: Summary;

beforeAll(async () => {
  folder = await temporaryFolder('interrupted');
  [papers, home] = [at('papers.jsonl'), at('quiet')];
  await writeCorpus(papers, 400);
  lifecycle = ['lifecycle', '--data', papers, '--cut', '2025-03-01'];
  await smallWindows(home);
  quiet = await answer(home, lifecycle);
});
afterAll(() => folder.remove());

const at = (name: string) => join(folder.path, name);

/** Resolves when the next event of a type is in the log of a home. */
async function appended(home: string, type: EventType): Promise<void> {
  const { events, close } = await openStore(readConfig({ home }, {}), 'test');
  const { signal } = new AbortController();
  for await (const { headers } of events.follow(await events.endOffsets(ALL_STREAMS), signal)) {
    if (headers.ce_type === type) break;
  }
  await close();
}

test('`lifecycle` with another cut on the same home is refused, and the error says how to resume', async () => {
  const another = ['lifecycle', '--data', papers, '--cut', '2025-02-01', '--json'];
  const { code, stdout } = await run(home, another);
  expect({ code, ...JSON.parse(stdout) }).toEqual({
    code: 3,
    error: { code: 'CONFLICT', message: expect.stringMatching(/--cut 2025-03-01.*EPOCHLOG_HOME/) },
  });
});

test('a lifecycle resumed after Ctrl-C equals an uninterrupted one', async () => {
  const comparable = ({ months, decisions, totals, overall }: Summary) => ({
    months,
    overall,
    decisions: decisions.map(({ version, change, reason }) => ({ version, change, reason })),
    totals: totals.map(({ type, events }) => ({ type, events })),
  });
  await smallWindows(at('interrupted'));
  for (const type of ['RecordIngested', 'EpochCompleted', 'PredictionServed'] as const) {
    const child = epochlog(at('interrupted'), lifecycle, {}, { detached: true });
    const end = finished(child);
    await Promise.race([appended(at('interrupted'), type), end]);
    ctrlC(child);
    expect(await end).toMatchObject({ code: 130, stderr: expect.stringContaining('INTERRUPTED') });
  }
  const interrupted = await answer<Summary>(at('interrupted'), lifecycle);
  expect(comparable(interrupted)).toEqual(comparable(quiet));
});

test('a command ends when its services are killed, and its request is processed at the next start', async () => {
  const concluded = async () => (await answers(home, ['events', '--type', 'TrainingPlanConcluded'])).length;
  const before = await concluded();
  const up = epochlog(home, ['up', '--json'], { EPOCHLOG_PORT: '0' });
  const started = printed(up, /\n/);
  await eventually(async () => (await lockHolder(home))?.isStarting);
  await answer(home, ['query', 'SELECT 1']); // waits until they have started
  await started;
  up.kill('SIGSTOP'); // it cannot answer now
  const train = finished(epochlog(home, ['train']));
  await Promise.race([appended(home, 'TrainingPlanRequested'), train]);
  up.kill('SIGKILL');
  expect(await train).toMatchObject({
    code: 130,
    stderr: expect.stringMatching(/has ended.* at the next start/),
  });
  expect(await concluded()).toBe(before);
  await answer(home, ['query', 'SELECT 1']);
  expect(await concluded()).toBe(before + 1);
});

describe('the reader of the output', () => {
  test.each<[string, () => string[]]>([
    ['rows', () => ['query', '--json', 'SELECT data FROM events']],
    ['events', () => ['events', '--json', '--limit', '100000', '--follow']],
    ['predictions', () => ['predict', '--data', papers]],
  ])('may have seen enough %s', async (_, args) => {
    const child = epochlog(home, args());
    const end = finished(child);
    child.stdout?.once('data', () => child.stdout?.destroy());
    expect(await end).toMatchObject({ code: 0, stderr: '' });
  });

  test.runIf(existsSync('/dev/full'))('may be a full disk: the command ends at once', async () => {
    await using full = await open('/dev/full', 'w');
    const child = epochlog(home, ['predict', '--data', papers], {}, { stdout: full.fd });
    expect(await finished(child)).toMatchObject({
      code: null,
      stderr: expect.stringContaining('[DISK_FULL]'),
    });
  });
});
