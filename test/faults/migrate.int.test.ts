import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../../cli/store.ts';
import { readConfig } from '../../infra/config/config.ts';
import { lockHome } from '../../infra/home.ts';
import { record } from '../contract/event-log-kit.ts';
import { run } from '../harness/command.ts';
import { temporaryFolder } from '../harness/folder.ts';

/** What `epochlog migrate` refuses before it connects to a cluster. */

const MIGRATE = ['migrate', '--to', 'kafka'];

/** An address without a listener. */
const NOWHERE = { EPOCHLOG_LOG: 'kafka://127.0.0.1:9', EPOCHLOG_REGISTRY: 'http://127.0.0.1:9' };

/** A home with a number of records. */
async function homeWith(records: number): Promise<string> {
  const folder = await temporaryFolder('migrate');
  onTestFinished(() => folder.remove());
  const home = join(folder.path, 'home');
  const { log, close } = await openStore(readConfig({ home }, {}), 'test');
  await log.append(Array.from({ length: records }, (_, i) => record('epochlog.records', `${i}`)));
  await close();
  return home;
}

async function fails(home: string, args: readonly string[], code: number, why: RegExp, environment = {}) {
  const end = await run(home, args, environment);
  expect({ code: end.code, stderr: end.stderr }).toEqual({ code, stderr: expect.stringMatching(why) });
}

test('a log is migrated to Kafka only', async () => {
  const home = await homeWith(1);
  await fails(home, ['migrate'], 2, /use --to kafka \[INPUT_INVALID\]/, NOWHERE);
  await fails(home, ['migrate', '--to', 'pulsar'], 2, /--to kafka, not 'pulsar'/, NOWHERE);
});

test('the home must exist, and hold records', async () => {
  const home = await homeWith(0);
  await fails(`${home}-missing`, MIGRATE, 2, /holds no log: set EPOCHLOG_HOME/, NOWHERE);
  await fails(home, MIGRATE, 2, /is empty: there is nothing to migrate/, NOWHERE);
});

test('a cluster must be named, with its registry', async () => {
  const home = await homeWith(1);
  await fails(home, MIGRATE, 2, /set EPOCHLOG_LOG to kafka/);
  await fails(home, [...MIGRATE, '--check'], 2, /set EPOCHLOG_LOG to kafka/);
  const { EPOCHLOG_LOG } = NOWHERE;
  await fails(home, MIGRATE, 2, /EPOCHLOG_REGISTRY is needed/, { EPOCHLOG_LOG });
});

test('services must not run on the home', async () => {
  const home = await homeWith(1);
  const lock = await lockHome(home); // as services do
  await fails(home, MIGRATE, 4, new RegExp(`in use by process ${process.pid}`), NOWHERE);
  await lock.release();
});
