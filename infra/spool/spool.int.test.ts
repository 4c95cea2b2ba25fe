import { appendFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EpochlogError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { LogRecord } from '../../kernel/ports/log.ts';
import type { Spool } from '../../kernel/ports/spool.ts';
import { readAll, textOf } from '../../test/contract/event-log-kit.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { type Faults, withFaults } from '../../test/harness/faults.ts';
import { type TemporaryFolder, temporaryFolder } from '../../test/harness/folder.ts';
import { type EmbeddedLog, openEmbeddedLog } from '../log/embedded/log.ts';
import { openSpool } from './spool.ts';

const logger = pino({ level: 'silent' });
const TOPIC = 'predictions';
const outage = new EpochlogError('LOG_UNAVAILABLE', 'no broker answers');

let folder: TemporaryFolder;
let log: EmbeddedLog;

beforeEach(async () => {
  folder = await temporaryFolder('spool');
  log = await openEmbeddedLog({ path: join(folder.path, 'log') });
  await log.ensureTopics([{ name: TOPIC, partitions: 1 }]);
});
afterEach(async () => {
  await log.close();
  await folder.remove();
});

const open = (faults: Faults = {}, maxBytes = 1 << 20): Promise<Spool> =>
  openSpool({ folder: join(folder.path, 'spool'), log: withFaults(log, faults), maxBytes, logger });

const record = (value: string): LogRecord => ({
  topic: TOPIC,
  key: value,
  value: Buffer.from(value),
  headers: { ce_id: newId(Date.now()), ce_time: new Date().toISOString() },
});
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `${from + i}`);
const logged = async () => (await readAll(log, TOPIC)).map(textOf);
const emptied = (spool: Spool) => eventually(async () => spool.isEmpty || undefined);

describe('a spool', () => {
  test('is emptied into the log in order, and resumes behind what the log has', async () => {
    const spool = await open();
    await Promise.all(numbers(0, 500).map((value) => spool.append([record(value)])));
    await emptied(spool);
    await spool.close();
    const again = await open();
    await again.append(numbers(500, 510).map(record));
    await again.close();
    expect(await logged()).toEqual(numbers(0, 510));
  });

  test('keeps what an unreachable log does not take, beyond a restart, and then appends each once', async () => {
    let isDown = true;
    const down = () => {
      if (isDown) throw outage;
    };
    const spool = await open({ beforeCommit: down });
    await Promise.all(numbers(0, 100).map((value) => spool.append([record(value)])));
    const large = 'x'.repeat(3 << 20); // more than is read at once
    await spool.append([record(large)]);
    await spool.close();
    expect(await logged()).toEqual([]);
    isDown = false;
    const again = await open();
    await emptied(again);
    await again.close();
    expect(await logged()).toEqual([...numbers(0, 100), large]);
  });

  test('finds what the log took of an append that failed, and does not append it again', async () => {
    let failures = 2;
    const spool = await open({
      afterCommit() {
        if (failures-- > 0) throw outage;
      },
    });
    await Promise.all(numbers(0, 50).map((value) => spool.append([record(value)])));
    await emptied(spool);
    await spool.append([record('50')]);
    await spool.close();
    expect(await logged()).toEqual(numbers(0, 51));
  });

  test('passes over the end of a file whose writer was killed', async () => {
    const spool = await open({
      beforeCommit: () => {
        throw outage;
      },
    });
    await spool.append([record('whole')]);
    await spool.close();
    const own = join(folder.path, 'spool', '1');
    const [segment] = (await readdir(own)).filter((name) => name.endsWith('.spool'));
    await appendFile(join(own, segment!), Buffer.from([90, 0, 0, 0, 1, 2, 3, 4, 20, 0, 0, 0, 5, 6]));
    const again = await open();
    await emptied(again);
    await again.append([record('next')]);
    await again.close();
    expect(await logged()).toEqual(['whole', 'next']);
  });

  test('that is full refuses records, and says why; two processes have one each', async () => {
    const spool = await open(
      {
        beforeCommit: () => {
          throw outage;
        },
      },
      2_500,
    );
    for (let i = 0; i < 3; i++) await spool.append([record('x'.repeat(400))]);
    const full = { code: 'SPOOL_FULL', status: 503, message: expect.stringContaining('no broker answers') };
    await eventually(async () => {
      const refused = await spool.append([record('y')]).catch((error: unknown) => error);
      return (refused as Error).message.includes('no broker') || undefined;
    });
    await expect(spool.append([record('y')])).rejects.toMatchObject(full);
    const other = await open();
    await other.append([record('other')]);
    await other.close();
    expect(await logged()).toEqual(['other']);
    await spool.close();
  });
});
