import type { ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../../cli/store.ts';
import { readConfig } from '../../infra/config/config.ts';
import { seededRandom } from '../../ml/random.ts';
import type { Summary } from '../../operations/lifecycle/summary.ts';
import type { Month } from '../../tasks/generated/calendar.ts';
import { loadGenerator } from '../../tasks/load.ts';
import * as command from '../harness/command.ts';
import { ctrlC, epochlog, finished, printed, smallWindows } from '../harness/command.ts';
import { CROSSINGS_SQL, learntBy } from '../harness/crossings.ts';
import { type TemporaryFolder, temporaryFolder } from '../harness/folder.ts';

/** Three tasks in one log at the same time: a text, a table of numbers with a generator, a table of one YAML file. */

const EXAMPLE = join(import.meta.dirname, '../../docs/examples/flights');
const MODELS = ['ad-score', 'arxiv-classifier', 'late-flights'];

let folder: TemporaryFolder;
let home: string;
let up: ChildProcess;
let lives: Summary[];
let learnt: Awaited<ReturnType<typeof learntBy>>;
const at = (name: string) => join(folder.path, name);
const answer = <T>(...args: string[]) => command.answer<T>(home, args);

/** From May on they are late for another reason, and fly elsewhere. Some were cancelled. */
function flights(rows: number): string {
  const random = seededRandom(1);
  const lines = Array.from({ length: rows }, (_, i) => {
    const month = 1 + Math.floor((i * 6) / rows);
    const hour = 5 + Math.floor(random() * 18);
    const dest = month < 5 ? 'BOS' : 'LAX';
    const isLate = random() < ((month < 5 ? hour > 15 : hour < 10) ? 0.8 : 0.2);
    const day = String(1 + Math.floor(random() * 28)).padStart(2, '0');
    const arrival = random() < 0.03 ? '' : isLate ? 'late' : 'on time';
    return `F${i},2013-0${month}-${day}T${String(hour).padStart(2, '0')}:00:00-05:00,UA,JFK,${dest},${hour},${arrival}`;
  });
  return `flight_id,scheduled,carrier,origin,dest,hour,arrival\n${lines.join('\n')}\n`;
}

const lifecycle = (...args: string[]) => answer<Summary>('lifecycle', ...args);

const run = () =>
  Promise.all([
    lifecycle('--model', 'ad-score', '--data', at('ads.jsonl'), '--cut', '2025-04-01'),
    lifecycle('--data', at('papers.jsonl'), '--cut', '2025-01-01'),
    lifecycle('--model', join(EXAMPLE, 'model.yaml'), '--data', at('flights.csv'), '--cut', '2013-05-01'),
  ]);

async function writeGenerated(task: string, name: string, to: Month): Promise<void> {
  const generate = (await loadGenerator(task))!;
  const rows = Array.from(generate({ rows: 900, from: '2024-01', to }), (row) => JSON.stringify(row));
  await writeFile(at(name), `${rows.join('\n')}\n`);
}

beforeAll(async () => {
  folder = await temporaryFolder('side-by-side');
  home = at('home');
  await writeGenerated('ad-score', 'ads.jsonl', '2025-06');
  await writeGenerated('arxiv', 'papers.jsonl', '2025-04');
  await writeFile(at('flights.csv'), flights(900));
  up = epochlog(home, ['up', '--json'], { EPOCHLOG_PORT: '0' }, { detached: true });
  await printed(up, /\n/);
  await answer('task', 'declare', join(EXAMPLE, 'task.yaml'));
  await answer('model', 'declare', join(EXAMPLE, 'model.yaml'));
  for (const model of MODELS) await smallWindows(home, {}, model);
  lives = await run();
  const store = await openStore(readConfig({ home }, {}), 'test');
  learnt = await learntBy(store);
  await store.close();
});
afterAll(async () => {
  const end = finished(up);
  ctrlC(up);
  await end;
  await folder.remove();
});

describe('three lifecycles in one log at the same time', () => {
  test('each trains, serves, drifts and retrains', () => {
    expect(lives.map(({ model, metric }) => [model, metric])).toEqual([
      ['ad-score', 'rmse'],
      ['arxiv-classifier', 'accuracy'],
      ['late-flights', 'accuracy'],
    ]);
    for (const { model, months, trainings, decisions, overall } of lives) {
      expect(months.length, model).toBeGreaterThan(1);
      expect(
        months.flatMap(({ drift }) => drift.flatMap(({ drifted }) => drifted)),
        model,
      ).not.toEqual([]);
      expect(trainings.map(({ cause }) => cause)).toContain('drift');
      expect(decisions.filter(({ change }) => change === 'registered').length, model).toBeGreaterThan(1);
      expect(overall.production, model).toBeGreaterThan(0);
      expect(overall.firstVersion, model).toBeGreaterThan(0);
    }
  });

  test('nothing of one task is in another: no record, dataset, version or prediction', async () => {
    const counts = await command.answers<{ what: string; rows: number }>(home, ['sql', CROSSINGS_SQL]);
    expect(counts.filter(({ rows }) => rows > 0)).toEqual([]);
    expect(counts.length).toBeGreaterThan(5);
    expect([...learnt.keys()].sort()).toEqual(MODELS);
    for (const [model, ids] of learnt) {
      expect(ids.size, model).toBeGreaterThan(300);
      for (const [other, others] of learnt)
        if (other !== model) expect(ids.isDisjointFrom(others)).toBe(true);
    }
  });

  test('what has no target is predicted and not reported', async () => {
    const sql = `SELECT countIf(request_id NOT IN (SELECT request_id FROM outcomes)) AS unknown
                 FROM predictions WHERE model = 'late-flights'`;
    expect((await answer<{ unknown: number }>('sql', sql)).unknown).toBeGreaterThan(3);
  });

  test('run again, each adds nothing; another model of a task is refused beside them', async () => {
    const events = ({ totals }: Summary) => totals.reduce((sum, total) => sum + total.events, 0);
    const again = await run();
    expect(again.map(events)).toEqual(Array(3).fill(Math.max(...lives.map(events))));
    await writeFile(at('rival.yaml'), 'model: rival\ntask: flights\nengine: linear\n');
    const rival = [
      'lifecycle',
      '--model',
      at('rival.yaml'),
      '--data',
      at('flights.csv'),
      '--cut',
      '2013-05-01',
    ];
    expect(await command.run(home, rival)).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/lifecycle of late-flights, of the same task flights.*EPOCHLOG_HOME/),
    });
  });
});
