import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { pythonWith } from '../python.ts';
import golden from './golden.json' with { type: 'json' };

test('golden.json is what scikit-learn says', async () => {
  const python = await pythonWith(join(import.meta.dirname, '../python/requirements.txt'));
  const { stdout } = await promisify(execFile)(python, [join(import.meta.dirname, 'golden.py')]);
  expect(JSON.parse(stdout, rounded)).toEqual(JSON.parse(JSON.stringify(golden), rounded));
});

/** To five places: solvers stop near the optimum, and another processor adds in another order. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 1e5) / 1e5 + 0 : value;
}
