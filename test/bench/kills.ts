// Whether every home opens after kill -9 in its first seconds, and every migration after an interruption anywhere.
//
//   node test/bench/kills.ts [--homes 100] [--seconds 10] [--seed 1] [--migrations | --lifecycle]
//
// Each home is new: a command creates it, and is killed at a random moment of its first seconds, more often in the first
// third, mostly with all its processes at once. Then `epochlog sql` must start on it, and for every fifth home `epochlog verify`, which must find
// nothing wrong. With --migrations, all projections
// are applied instead, interrupted after each thing that is done there. With --lifecycle, whole lifecycles are killed, --homes
// times in all, each again and again within --seconds of its start until it ends: each must have the events of one that was
// not killed, and `epochlog verify` must find nothing wrong. A line for each home goes to stderr, JSON to stdout.
import { existsSync } from 'node:fs';
import { cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { PROJECTIONS } from '../../infra/warehouse/projections.ts';
import { temporaryWarehouse } from '../../infra/warehouse/testing/temporary.ts';
import { seededRandom } from '../../ml/random.ts';
import { walkInterruptions } from '../faults/interrupted-migrations.ts';
import { killedStart, opened } from '../faults/killed-start.ts';
import { canonicalEvents } from '../harness/canonical.ts';
import { answer, smallWindows, writeCorpus } from '../harness/command.ts';
import { eventually } from '../harness/eventually.ts';
import { temporaryFolder } from '../harness/folder.ts';

const { values } = parseArgs({
  options: {
    homes: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    migrations: { type: 'boolean', default: false },
    lifecycle: { type: 'boolean', default: false },
  },
});
const PAPERS = 400;
/** `verify` takes twice as long as a start. */
const VERIFIED_EVERY = 5;

/** What a kill has left in a home, by a file of it; each comes after those before. */
const STAGES = [
  ['lock', 'run/holder.json'],
  ['log', 'log/data.mdb'],
  ['engine', 'warehouse/data/status'],
  ['first table', 'warehouse/data/metadata/epochlog/migrations.sql'],
  ['events', 'warehouse/data/metadata/epochlog/events.sql'],
  ['last table', 'warehouse/data/metadata/epochlog/versions.sql'],
] as const;

async function stageOf(home: string): Promise<string> {
  if (/"url"/.test(await readFile(join(home, 'run/holder.json'), 'utf8').catch(() => ''))) return 'running';
  return STAGES.findLast(([, file]) => existsSync(join(home, file)))?.[0] ?? 'nothing';
}

/** Resolves so many milliseconds after the folder is created. */
async function sinceCreated(home: string, ms: number): Promise<void> {
  await eventually(async () => existsSync(home) || undefined);
  await sleep(ms);
}

interface Outcome {
  command: string;
  afterMs: number;
  /** whether all its processes were killed at once, or the first alone */
  group: boolean;
  stage: string;
  opens: boolean;
}

async function oneHome(
  folder: string,
  number: number,
  corpus: string,
  random: () => number,
): Promise<Outcome> {
  const home = join(folder, `home-${number}`);
  const args = [['up'], ['collect', corpus], ['lifecycle', '--data', corpus]][Math.floor(random() * 3)]!;
  const afterMs = Math.round(random() * Number(values.seconds) * (random() < 0.5 ? 300 : 1000));
  const group = random() < 0.8;
  const isKilled = await killedStart(home, args, () => sinceCreated(home, afterMs), group);
  const stage = isKilled ? await stageOf(home) : 'ended before';
  const { code, stdout, stderr } = await opened(home, number % VERIFIED_EVERY === 0);
  const NOTHING_YET = 2; // as it should be: nothing has begun in the home
  const opens = code === 0 || (stage === 'nothing' && code === NOTHING_YET);
  const outcome = { command: args[0]!, afterMs, group, stage, opens };
  if (outcome.opens) await rm(home, { recursive: true, force: true }); // one that does not is kept until the end
  console.error(number, JSON.stringify(outcome), opens ? '' : `${stdout}${stderr}`);
  return outcome;
}

async function homes(): Promise<object> {
  await using folder = await temporaryFolder('kills');
  const corpus = join(folder.path, 'papers.jsonl');
  await writeCorpus(corpus, PAPERS);
  const random = seededRandom(Number(values.seed));
  const outcomes: Outcome[] = [];
  for (let number = 1; number <= Number(values.homes); number++) {
    outcomes.push(await oneHome(folder.path, number, corpus, random));
  }
  const stages = Map.groupBy(outcomes, ({ stage }) => stage);
  return {
    kills: outcomes.length,
    opened: outcomes.filter(({ opens }) => opens).length,
    stages: Object.fromEntries([...stages].map(([stage, of]) => [stage, of.length])),
  };
}

/** Kills lifecycles until there were enough kills; each that has ended is compared with one that was not killed. */
async function lifecycles(): Promise<object> {
  await using folder = await temporaryFolder('kills');
  const corpus = join(folder.path, 'papers.jsonl');
  await writeCorpus(corpus, PAPERS);
  const lifecycle = ['lifecycle', '--data', corpus, '--cut', '2025-02-01'];
  const homeOf = async (name: string) => {
    const home = join(folder.path, name);
    await smallWindows(home);
    return home;
  };
  const whole = await homeOf('whole');
  await answer(whole, lifecycle);
  const expected = await canonicalEvents(whole);
  const random = seededRandom(Number(values.seed));
  const result = { lifecycles: 0, kills: 0, equal: 0, verified: 0, events: expected.length };
  while (result.kills < Number(values.homes)) {
    const home = await homeOf(`home-${++result.lifecycles}`);
    for (let isKilled = true; isKilled; ) {
      const afterMs = Math.round(random() * Number(values.seconds) * 1_000);
      isKilled = await killedStart(home, lifecycle, () => sleep(afterMs), random() < 0.8);
      if (isKilled) result.kills += 1;
    }
    if (isDeepStrictEqual(await canonicalEvents(home), expected)) result.equal += 1;
    if ((await opened(home, true)).code === 0) result.verified += 1;
    console.error(JSON.stringify(result));
  }
  return result;
}

async function migrations(): Promise<object> {
  await using events = await temporaryFolder('projections');
  await cp(join(PROJECTIONS, 'events'), join(events.path, 'events'), { recursive: true });
  await using under = await temporaryWarehouse();
  return await walkInterruptions(under.warehouse, PROJECTIONS, events.path);
}

const campaign = values.migrations ? migrations : values.lifecycle ? lifecycles : homes;
console.log(JSON.stringify(await campaign()));
