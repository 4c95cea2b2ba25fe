import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { pythonWith } from '../python.ts';
import golden from './golden.json' with { type: 'json' };

test('golden.json is what river says', async () => {
  const python = await pythonWith(join(import.meta.dirname, 'requirements.txt'));
  const { stdout } = await promisify(execFile)(python, [join(import.meta.dirname, 'golden.py')], {
    maxBuffer: 1 << 26,
  });
  expect(JSON.parse(stdout)).toEqual(golden);
});
