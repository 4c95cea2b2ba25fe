import { expect, test } from 'vitest';
import { RecentAnswers } from './recent-answers.ts';

test('an answer is found by its request, while it is made and after; the oldest make room', async () => {
  const recent = new RecentAnswers<string>(2);
  for (const id of ['a', 'b', 'c']) recent.keep(id, Promise.resolve(`answer to ${id}`));
  expect(recent.get('a')).toBeUndefined();
  expect(recent.get(undefined)).toBeUndefined();
  expect(await recent.get('b')).toBe('answer to b');
  expect(await recent.get('c')).toBe('answer to c');
});

test('what failed is forgotten', async () => {
  const recent = new RecentAnswers<string>(2);
  const failing = Promise.reject(new Error('no answer'));
  recent.keep('a', failing);
  await expect(recent.get('a')).rejects.toThrow('no answer');
  expect(recent.get('a')).toBeUndefined();
});
