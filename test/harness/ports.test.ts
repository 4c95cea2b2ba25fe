import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { freePorts } from './ports.ts';

const FIRST = 12_345;

test('two processes that look for ports at the same place get different ones, though nothing listens yet', async () => {
  const own = await freePorts(3, FIRST);
  const module = new URL('ports.ts', import.meta.url);
  const script = `import { freePorts } from '${module}'; console.log(JSON.stringify(await freePorts(3, ${FIRST})))`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  const others: number[] = JSON.parse(stdout);
  expect(new Set([...own, ...others]).size).toBe(6);
  expect(await freePorts(1, FIRST)).not.toEqual([own[0]]);
});
