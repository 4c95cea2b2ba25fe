import { expect, test } from 'vitest';
import { VirtualClock } from '../../kernel/testing/virtual-clock.ts';
import { nextDues } from '../../schemas/schedules/cron.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { crashing } from '../../test/harness/faults.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { startServices } from '../../test/harness/services.ts';
import { requested } from './fixtures.ts';
import { service } from './service.ts';

const START = Date.UTC(2026, 0, 1);
const YEAR_MS = 365 * 86_400_000;
const WEEKS = 52;

test('a year of weekly due times, each exactly once and asked for once: through crashes, a restart and two instances', async () => {
  await using folder = await temporaryFolder('scheduler');
  const { path: home } = folder;
  const crash = crashing(20, { share: 0.2, seed: 20 });
  const faults = { beforeCommit: crash, afterCommit: crash };
  {
    const half = { home, clock: new VirtualClock(START, YEAR_MS / 2), faults, restarts: 100 };
    await using services = await startServices([service], half);
    await services.publish(requested({ misfire: 'all' }));
    await eventually(async () => (await services.all('ScheduleDue')).length >= 20 || undefined);
  }
  {
    const clock = new VirtualClock(START + YEAR_MS / 2, YEAR_MS / 2);
    const options = { clock, faults, restarts: 100 };
    await using first = await startServices([service], { home, ...options });
    await using second = await startServices([service], { store: first, ...options }); // each fences the other
    await eventually(async () => (await second.all('DriftCheckRequested')).length >= WEEKS || undefined);
  }
  await using reader = await startServices([], { home });
  const due = await reader.all('ScheduleDue');
  expect(due.map(({ data }) => data.dueAt)).toEqual(nextDues(requested().data, START, WEEKS));
  expect(await reader.all('DriftCheckRequested')).toHaveLength(WEEKS);
  expect(crash.crashes).toBe(20);
});
