import { expect, test } from 'vitest';
import { type Holder, lockHolder, lockHome, openHome } from '../infra/home.ts';
import { temporaryFolder } from '../test/harness/folder.ts';
import { lockForServices } from './lock.ts';

const { signal } = new AbortController();

test('services wait for a command that uses their home, and tell of it once', async () => {
  await using folder = await temporaryFolder('lock');
  const { path: home } = folder;
  await openHome(home);
  const command = await lockHome(home, { isStarting: true, isCommand: true });
  const told: Holder[] = [];
  const { promise: waits, resolve: onWait } = Promise.withResolvers<void>();
  const locking = lockForServices(home, { signal, onWait: (holder) => onWait(void told.push(holder)) });
  await waits;
  await command.publish({ url: 'http://127.0.0.1:7878' });
  await command.release();
  const lock = await locking;
  expect(told).toEqual([{ pid: process.pid, isStarting: true, isCommand: true }]);
  expect(await lockHolder(home)).toEqual({ pid: process.pid, isStarting: true });
  await lock.release();
});

test('services do not wait for others that run on their home, and a signal ends the wait for a command', async () => {
  await using folder = await temporaryFolder('lock');
  const { path: home } = folder;
  await openHome(home);
  const onWait = () => {};
  const others = await lockHome(home);
  await expect(lockForServices(home, { signal, onWait })).rejects.toMatchObject({ code: 'HOME_LOCKED' });
  await others.release();
  const command = await lockHome(home, { isCommand: true });
  const abort = new AbortController();
  const waiting = lockForServices(home, { signal: abort.signal, onWait: () => abort.abort() });
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  await command.release();
});
