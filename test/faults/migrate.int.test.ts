import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../../cli/store.ts';
import { readConfig } from '../../infra/config/config.ts';
import { record } from '../contract/event-log-kit.ts';
import { epochlog, finished, printed } from '../harness/command.ts';
import { temporaryFolder } from '../harness/folder.ts';

/** What `epochlog migrate` refuses before it asks any cluster. */

const MIGRATE = ['migrate', '--to', 'kafka'];

/** An address at which nobody listens. */
const NOWHERE = { EPOCHLOG_LOG: 'kafka://127.0.0.1:9', EPOCHLOG_REGISTRY: 'http://127.0.0.1:9' };

/** A home that holds so many records. */
async function homeWith(records: number): Promise<string> {
  const folder = await temporaryFolder('migrate');
  onTestFinished(() => folder.remove());
  const home = join(folder.path, 'home');
  const { log, close } = await openStore(readConfig({ home }, {}), 'test');
  await log.append(Array.from({ length: records }, (_, i) => record('epochlog.papers', `${i}`)));
  await close();
  return home;
}

async function fails(home: string, args: readonly string[], code: number, why: RegExp, environment = {}) {
  const end = await finished(epochlog(home, args, environment));
  expect({ code: end.code, stderr: end.stderr }).toEqual({ code, stderr: expect.stringMatching(why) });
}

test('there is one place to move a log to', async () => {
  const home = await homeWith(1);
  await fails(home, ['migrate'], 2, /say --to kafka \[INPUT_INVALID\]/, NOWHERE);
  await fails(home, ['migrate', '--to', 'pulsar'], 2, /--to kafka, not 'pulsar'/, NOWHERE);
});

test('a home has to be there, and to hold something', async () => {
  const home = await homeWith(0);
  await fails(`${home}-of-nobody`, MIGRATE, 2, /holds no log: set EPOCHLOG_HOME/, NOWHERE);
  await fails(home, MIGRATE, 2, /is empty: there is nothing to move/, NOWHERE);
});

test('a cluster has to be named, with its registry', async () => {
  const home = await homeWith(1);
  await fails(home, MIGRATE, 2, /set EPOCHLOG_LOG to kafka/);
  await fails(home, [...MIGRATE, '--check'], 2, /set EPOCHLOG_LOG to kafka/);
  const { EPOCHLOG_LOG } = NOWHERE;
  await fails(home, MIGRATE, 2, /EPOCHLOG_REGISTRY is needed/, { EPOCHLOG_LOG });
});

test('services must not be at work on the home', async () => {
  const home = await homeWith(1);
  const up = epochlog(home, ['up', '--json'], { EPOCHLOG_PORT: '0' });
  const end = finished(up);
  await printed(up, /\n/);
  await fails(home, MIGRATE, 4, new RegExp(`in use by process ${up.pid}`), NOWHERE);
  up.kill('SIGINT');
  expect(await end).toMatchObject({ code: 0 });
});
