import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { openStore } from '../../cli/store.ts';
import { readConfig } from '../../infra/config/config.ts';
import { eventually } from '../harness/eventually.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { preparedCluster } from '../harness/prepared.ts';
import { startService } from '../harness/service-process.ts';
import { pythonWith } from './python.ts';

const run = promisify(execFile);
const EXAMPLE = join(import.meta.dirname, '../../docs/examples/producer');
const COUNT = 200;

const account = (i: number) => ({
  snapshot_id: `s-${i}`,
  day: '2024-05-01',
  account_id: `a-${i}`,
  plan: i === 7 ? 'gold' : 'team',
  seats: 10 + i,
  logins_30d: i / 2,
  region: null,
  health: 'healthy',
});

test('records that a plain Kafka client in Python submits are ingested, or rejected with the reason', async () => {
  const python = await pythonWith(join(EXAMPLE, 'requirements.txt'));
  await using prepared = await preparedCluster();
  await using folder = await temporaryFolder('producer');
  const file = join(folder.path, 'records.jsonl');
  await writeFile(file, Array.from({ length: COUNT }, (_, i) => JSON.stringify(account(i))).join('\n'));
  await using collector = await startService('collector', folder.path, prepared.environment);
  const { brokers, registryUrl } = prepared.cluster;
  const { stdout } = await run(
    python,
    [
      ...[join(EXAMPLE, 'producer.py'), '--brokers', brokers.join(','), '--registry', registryUrl],
      ...['--task', 'account-health', '--source', 'crm', '--id', 'snapshot_id', file],
    ],
    { timeout: 120_000 },
  );
  expect(stdout).toBe(`${COUNT} records submitted\n`);

  const store = await openStore(readConfig({ home: folder.path }, prepared.environment), 'test');
  try {
    const facts = await eventually(async () => {
      const found = await Array.fromAsync(store.events.scan(['RecordIngested', 'RecordRejected']));
      return found.length >= COUNT ? found : undefined;
    });
    expect(facts).toHaveLength(COUNT);
    const rejected = facts.filter(({ type }) => type === 'RecordRejected');
    expect(rejected.map(({ subject, data }) => [subject, data])).toEqual([
      [
        'account-health/s-7',
        expect.objectContaining({ code: 'invalid_field', collectionId: 'crm', line: 0 }),
      ],
    ]);
    const ingested = facts.find(({ subject }) => subject === 'account-health/s-9');
    expect(ingested?.data).toMatchObject({
      recordId: 's-9',
      time: '2024-05-01',
      fields: { plan: 'team', seats: 19, logins_30d: 4.5, health: 'healthy' },
    });
    const requests = await Array.fromAsync(store.events.scan(['RecordSubmitted']));
    const partitions = new Map(requests.map(({ subject, partition }) => [subject, partition]));
    for (const { subject, partition, causationId } of facts) {
      expect(partition).toBe(partitions.get(subject)); // as epochlog would choose it
      expect(requests.map(({ id }) => id)).toContain(causationId);
    }
  } finally {
    await store.close();
  }
  expect(await collector.stop()).toBe(0);
});
