import { expect, test } from 'vitest';
import { Quiet } from './quiet.ts';

test('shared steps run beside each other, and what must be alone runs alone, in its turn', async () => {
  const quiet = new Quiet();
  const seen: string[] = [];
  let [inside, most] = [0, 0];
  const step = (name: string) => async () => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise(setImmediate);
    seen.push(`${name} ${name.startsWith('alone') ? inside : ''}`.trim());
    inside -= 1;
  };
  const first = [quiet.shared(step('a')), quiet.shared(step('b'))];
  await Promise.resolve(); // they have begun
  await Promise.all([
    ...first,
    quiet.alone(step('alone 1:')),
    quiet.shared(step('c')),
    quiet.alone(step('alone 2:')),
    quiet.shared(step('d')),
  ]);
  expect(most).toBeGreaterThanOrEqual(2);
  expect(seen.filter((name) => name.startsWith('alone'))).toEqual(['alone 1: 1', 'alone 2: 1']);
  expect(new Set(seen.slice(0, 2))).toEqual(new Set(['a', 'b']));
});

test('a step that fails ends for the next ones too', async () => {
  const quiet = new Quiet();
  const fail = async () => {
    throw new Error('broken');
  };
  await expect(quiet.alone(fail)).rejects.toThrow('broken');
  await expect(quiet.shared(fail)).rejects.toThrow('broken');
  expect(await quiet.alone(async () => 1)).toBe(1);
});
