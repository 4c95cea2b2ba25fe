import { writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore } from '../../cli/store.ts';
import { readConfig } from '../../infra/config/config.ts';
import type { DeadLetter } from '../../kernel/dead-letters/dead-letter.ts';
import { newEvent, type RecordedEvent } from '../../schemas/catalogue.ts';
import { loadSchemas } from '../../schemas/load.ts';
import * as command from '../harness/command.ts';
import { epochlog, finished, printed } from '../harness/command.ts';
import { eventually } from '../harness/eventually.ts';
import { type TemporaryFolder, temporaryFolder } from '../harness/folder.ts';
import { inNewerSchema, type Newer } from '../harness/newer-schema.ts';

/** `epochlog dlq`, as a person types it: first each command alone, then with `epochlog up` running. */

let home: TemporaryFolder;
beforeAll(async () => {
  home = await temporaryFolder('dlq');
});
afterAll(() => home.remove());

const text = (...args: string[]) => command.text(home.path, args);
const answer = <T = DeadLetter>(...args: string[]) => command.answer<T>(home.path, args);
const answers = <T = DeadLetter>(...args: string[]) => command.answers<T>(home.path, args);
const ended = (...args: string[]) => command.run(home.path, args);
const list = (...args: string[]) => answers('dlq', 'list', ...args);
const states = async () => (await list('--all')).map(({ id, state }) => `${id} ${state}`);

async function withStore<T>(work: (store: Awaited<ReturnType<typeof openStore>>) => Promise<T>): Promise<T> {
  const store = await openStore(readConfig({ home: home.path }, {}), 'test');
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Appends an outcome, and another one that nobody can decode; the monitor and the projector take outcomes. */
const poison = (requestId: string): Promise<Newer> =>
  withStore(async ({ publisher, codec, log }) => {
    const outcome = newEvent('OutcomeReported', {
      requestId,
      label: 'cs.AI',
      value: null,
      reportedAt: 0,
      source: 'test',
    });
    const [known] = await publisher.publish([outcome]);
    const id = known!.id.replace(/^.{8}/, 'ffffffff') as RecordedEvent['id'];
    const newer = await inNewerSchema(home.path, { codec, schemas: loadSchemas(), event: { ...known!, id } });
    await log.append([newer.record]);
    return newer;
  });

/** How often an outcome is in the projections. */
async function outcomesOf(requestId: string): Promise<number> {
  const sql = `SELECT count() AS outcomes FROM outcomes WHERE request_id = '${requestId}'`;
  return (await answer<{ outcomes: number }>('sql', sql)).outcomes;
}

let first: Newer;

test('an event that cannot be decoded is shown as such, and is a dead letter of each service that reads it', async () => {
  await withStore(async () => {}); // a home with an empty log
  expect(await text('dlq', 'list')).toBe('no open dead letters\n');
  first = await poison('first');
  expect(await text('events')).toMatch(
    /OutcomeReported +first +in truth .*\n.*OutcomeReported +first +cannot be decoded: epochlog\.outcomes\/0@1/,
  );
  const verified = await ended('verify');
  expect(verified).toMatchObject({ code: 5, stdout: expect.stringContaining('1 faults') });
  expect(verified.stdout).not.toContain('DIFFERS');
  const deadLetters = await list();
  expect(deadLetters.map(({ service }) => service).sort()).toEqual(['monitor', 'projector']);
  await writeFile(join(home.path, 'none.jsonl'), 'no paper\n');
  expect((await ended('collect', join(home.path, 'none.jsonl'))).stdout).toMatch(/^2 open dead letters/m);
  for (const deadLetter of deadLetters) {
    expect(deadLetter).toMatchObject({
      state: 'open',
      step: 'decode',
      code: 'EVENT_UNDECODABLE',
      type: 'OutcomeReported',
      subject: 'first',
      original: { topic: 'epochlog.outcomes', partition: 0, offset: 1 },
    });
  }
  expect(await list('--service', 'monitor', '--stream', 'outcomes', '--limit', '1')).toHaveLength(1);
  expect(await list('--service', 'curator')).toEqual([]);
  const table = await text('dlq', 'list');
  expect(table.trimEnd().split('\n')).toHaveLength(3);
  expect(table).toMatch(/outcomes\/0@0 .* OutcomeReported +first +1 +EVENT_UNDECODABLE/);
});

test('show prints the event, the error, the attempts and the next commands', async () => {
  const told = await text('dlq', 'show', 'outcomes/0@0');
  expect(told).toContain('epochlog.outcomes/0@1, identical bytes');
  expect(told).toContain('ce_type: OutcomeReported');
  expect(told).toMatch(/data that cannot be decoded: .*no schema with id \d+.*\n {2}00000000/);
  expect(told).toContain('npx epochlog dlq redrive outcomes/0@0');
  expect(await answer<object>('dlq', 'show', 'outcomes/0@0')).toMatchObject({
    deadLetter: { id: 'outcomes/0@0' },
    headers: { ce_subject: 'first' },
    data: null,
    undecodable: { bytes: Buffer.from(first.record.value).toString('hex') },
    identical: true,
    attempts: [{ attempt: 1, state: 'open' }],
  });
});

test.each([
  [['show', 'outcomes/0@99'], 2, 'NOT_FOUND'],
  [['show', 'outcomes'], 2, 'INPUT_INVALID'],
  [['show', 'nothing/0@0'], 2, 'INPUT_INVALID'],
  [['list', '--stream', 'nothing'], 2, 'INPUT_INVALID'],
  [['list', '--limit', 'all'], 2, 'INPUT_INVALID'],
  [['redrive', 'outcomes/0@99', '--no-wait'], 2, 'NOT_FOUND'],
  [['redrive'], 2, 'INPUT_INVALID'],
  [['redrive', '--all', 'outcomes/0@0'], 2, 'INPUT_INVALID'],
  [['redrive', 'outcomes/0@0', '--service', 'monitor'], 2, 'INPUT_INVALID'],
  [['discard', 'outcomes/0@0', '--reason', ' '], 2, 'INPUT_INVALID'],
  [['discard', 'outcomes/0@0', 'outcomes/0@99', '--reason', 'x'], 2, 'NOT_FOUND'],
])('dlq %j is refused, and changes nothing', async (args, code, error) => {
  const { stdout, ...end } = await ended('dlq', ...args, '--json');
  expect({ code: end.code, ...JSON.parse(stdout) }).toMatchObject({ code, error: { code: error } });
  expect(await states()).toEqual(['outcomes/0@0 open', 'outcomes/0@1 open']);
});

test('discard needs a reason', async () => {
  expect(await ended('dlq', 'discard', 'outcomes/0@0')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--reason'),
  });
});

test('a redrive before the cause is fixed fails again, and the command reports it', async () => {
  const { code, stdout } = await ended(
    'dlq',
    'redrive',
    'outcomes/0@0',
    '--reason',
    'a try',
    '--by',
    'grace',
  );
  expect({ code, stdout }).toEqual({
    code: 3,
    stdout: expect.stringMatching(/^outcomes\/0@0: failed again as outcomes\/0@3: EVENT_UNDECODABLE: /),
  });
  expect(await list('--all')).toMatchObject([
    { state: 'failed', next: 'outcomes/0@3', decision: { requestedBy: 'grace', reason: 'a try' } },
    { state: 'open' },
    { id: 'outcomes/0@3', state: 'open', attempt: 2 },
  ]);
  const again = await ended('dlq', 'redrive', 'outcomes/0@0');
  expect(again).toMatchObject({ code: 3, stderr: expect.stringContaining('failed again as outcomes/0@3') });
});

test('a redrive without a running service is processed when one runs; the projections agree with the log', async () => {
  await first.register();
  expect(await text('dlq', 'redrive', 'outcomes/0@3', '--no-wait')).toMatch(
    /^outcomes\/0@3: redriving; \w+ processes the event again when it runs$/m,
  );
  expect(await states()).toContain('outcomes/0@3 redriving');
  expect(await text('dlq', 'redrive', '--all', '--by', 'grace', '--reason', 'registered')).toBe(
    'outcomes/0@1: redriven\n',
  );
  expect(await states()).toEqual(['outcomes/0@0 failed', 'outcomes/0@1 redriven', 'outcomes/0@3 redriven']);
  expect(await outcomesOf('first')).toBe(2);
  expect(await text('dlq', 'show', 'outcomes/0@3')).toMatch(/"requestId": "first"[\s\S]*redriven by \S+: /);
  const decisions =
    'SELECT decision, dead_letter_id, attempt, requested_by, reason FROM dead_letter_requests ORDER BY time';
  expect(await answers<object>('sql', decisions)).toEqual([
    {
      decision: 'redrive',
      dead_letter_id: 'outcomes/0@0',
      attempt: 1,
      requested_by: 'grace',
      reason: 'a try',
    },
    {
      decision: 'redrive',
      dead_letter_id: 'outcomes/0@3',
      attempt: 2,
      requested_by: userInfo().username,
      reason: 'asked for on the command line',
    },
    {
      decision: 'redrive',
      dead_letter_id: 'outcomes/0@1',
      attempt: 1,
      requested_by: 'grace',
      reason: 'registered',
    },
  ]);
  expect(await answer<object>('verify')).toMatchObject({ verified: true });
  expect(await text('dlq', 'redrive', '--all')).toBe('no open dead letters\n');
});

test('a discarded dead letter stays closed, with the reason', async () => {
  await poison('second');
  expect(await ended('verify')).toMatchObject({ code: 5, stdout: expect.stringContaining('1 faults') });
  const ids = (await list()).map(({ id }) => id);
  expect(ids).toHaveLength(2);
  expect(await text('dlq', 'discard', ...ids, '--reason', 'of no use', '--by', 'ada')).toBe(
    ids.map((id) => `${id}: discarded (of no use)\n`).join(''),
  );
  expect(await list()).toEqual([]);
  expect(await text('dlq', 'list', '--all')).toContain('discarded by ada: of no use');
  for (const again of [
    ['redrive', ids[0]!],
    ['discard', ids[0]!, '--reason', 'x'],
  ])
    expect(await ended('dlq', ...again)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('was discarded by ada (of no use)'),
    });
  expect(await answer<object>('verify')).toMatchObject({ verified: true, log: { discarded: 1, faults: 0 } });
});

test('the services of a running `epochlog up` process redrives, also over HTTP', async () => {
  const up = epochlog(home.path, ['up', '--json'], { EPOCHLOG_PORT: '0' });
  const stopped = finished(up);
  try {
    const { url } = JSON.parse((await printed(up, /\n/)).split('\n')[0]!) as { url: string };
    const third = await poison('third');
    const open = () => withStore(({ deadLetters }) => deadLetters.list());
    const deadLetters = await eventually(async () => {
      const found = await open();
      return found.length === 2 ? found : undefined;
    });
    await third.register();
    const [byHand, overHttp] = deadLetters.map(({ id }) => id);
    expect(await text('dlq', 'redrive', byHand!)).toBe(`${byHand}: redriven\n`);
    const asked = await fetch(`${url}/v1/dead-letters/${overHttp}/redrive`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect([asked.status, await asked.json()]).toMatchObject([202, { id: overHttp }]);
    await eventually(async () => {
      const { deadLetter } = await withStore(({ deadLetters }) => deadLetters.show(overHttp!));
      return deadLetter.state === 'redriven' ? true : undefined;
    });
    expect(await outcomesOf('third')).toBe(2);
  } finally {
    up.kill('SIGINT');
    await stopped;
  }
  const told = (await stopped).stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(told).toContainEqual({
    type: 'DeadLetter',
    data: expect.objectContaining({ service: expect.any(String), type: 'OutcomeReported' }),
  });
});
