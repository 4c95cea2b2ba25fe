import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { socketPathFor } from './socket-path.ts';

test('a socket is in its directory while the path fits', () => {
  expect(socketPathFor('/home/ada/.epochlog/warehouse')).toBe('/home/ada/.epochlog/warehouse/engine.sock');
});

test('the socket of a long directory is in a private directory elsewhere', () => {
  const long = `/home/${'é'.repeat(60)}`;
  const path = socketPathFor(long);
  expect(Buffer.byteLength(path)).toBeLessThan(104);
  expect(socketPathFor(long)).toBe(path);
  expect(socketPathFor(`${long}x`)).not.toBe(path);
  expect(statSync(dirname(path)).mode & 0o077).toBe(0);
});
