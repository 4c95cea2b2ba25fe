import { setImmediate as nextIteration } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createTurns } from './event-loop-turns.ts';

test('of concurrent tasks in chunks, each iteration of the event loop runs one chunk, in FIFO order', async () => {
  const turn = createTurns();
  const chunks: string[] = [];
  const work = async (name: string) => {
    for (let chunk = 0; chunk < 3; chunk++) {
      await turn();
      chunks.push(name);
    }
  };
  const done = Promise.all(['a', 'b', 'c', 'd'].map(work));
  const perIteration: number[] = [];
  for (let before = 0; before < 12; before = chunks.length) {
    await nextIteration();
    perIteration.push(chunks.length - before);
  }
  await done;
  expect(Math.max(...perIteration)).toBe(1);
  expect(chunks.join('')).toBe('abcdabcdabcd');
});
