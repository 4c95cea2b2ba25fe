import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { pythonWith } from '../python.ts';
import golden from './importance.json' with { type: 'json' };

test('importance.json is what Optuna says', async () => {
  const python = await pythonWith(join(import.meta.dirname, 'requirements.txt'));
  const { stdout } = await promisify(execFile)(python, [join(import.meta.dirname, 'importance.py')], {
    maxBuffer: 1 << 26,
  });
  const said: unknown = JSON.parse(stdout, rounded);
  expect(said).toEqual(JSON.parse(JSON.stringify(golden), rounded));
});

/** To nine digits: another processor adds in another order. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(9)) : value;
}
