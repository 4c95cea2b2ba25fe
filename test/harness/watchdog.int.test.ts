import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { isRunning } from './cached.ts';

const PARENT = `
import { spawn } from 'node:child_process';
import { guarded } from ${JSON.stringify(new URL('watchdog.ts', import.meta.url).href)};
const one = guarded(spawn('sleep', ['600']));
const group = guarded(
  spawn('sh', ['-c', 'sleep 600 & echo $!; wait'], { stdio: ['ignore', 'pipe', 'ignore'], detached: true }),
  { group: true },
);
group.stdout.once('data', (member) => console.log(one.pid, group.pid, Number(member)));
`;

test('a child, and all of a group, do not outlive a process that is killed', async () => {
  const parent = spawn(process.execPath, ['--input-type=module', '-e', PARENT], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line]: string[] = await once(createInterface(parent.stdout), 'line');
  const pids = line!.split(' ').map(Number);
  parent.kill('SIGKILL');
  await expect.poll(() => pids.filter(isRunning), { timeout: 20_000 }).toEqual([]);
  expect(pids).toHaveLength(3);
});
