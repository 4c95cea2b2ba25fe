import { describe, expect, test } from 'vitest';
import { type Asked, askedOf, distinct, RecentAnswers } from './recent-answers.ts';

const asked = (requestId?: string, title = 't'): Asked =>
  askedOf({ requestId, fields: { title, abstract: 'a' } }, 'm', undefined);

test('an answer is found by its request, while it is made and after; the oldest make room', async () => {
  const recent = new RecentAnswers<string>(2);
  for (const id of ['a', 'b', 'c']) recent.keep(asked(id), Promise.resolve(`answer to ${id}`));
  recent.keep(asked(), Promise.resolve('answer to nobody'));
  expect(recent.get(asked('a'))).toBeUndefined();
  expect(recent.get(asked())).toBeUndefined();
  expect(await recent.get(asked('b'))).toBe('answer to b');
  expect(await recent.get(asked('c'))).toBe('answer to c');
});

test('what failed is forgotten', async () => {
  const recent = new RecentAnswers<string>(2);
  const failing = Promise.reject(new Error('no answer'));
  recent.keep(asked('a'), failing);
  await expect(recent.get(asked('a'))).rejects.toThrow('no answer');
  expect(recent.get(asked('a', 'another'))).toBeUndefined();
});

describe('a request id that is used for something else', () => {
  const conflict = expect.objectContaining({ code: 'CONFLICT' });

  test('is a conflict while the answer is made, and after', async () => {
    const recent = new RecentAnswers<string>(2);
    const { promise, resolve } = Promise.withResolvers<string>();
    recent.keep(asked('a'), promise);
    expect(() => recent.get(asked('a', 'another'))).toThrow(conflict);
    resolve('answer');
    await promise;
    expect(() => recent.get(asked('a', 'another'))).toThrow(conflict);
    expect(await recent.get(asked('a'))).toBe('answer');
  });

  test('is a conflict in one batch too; the same twice is asked once', () => {
    const [one, two, nameless] = [asked('a'), asked('b'), asked()];
    expect(distinct([one, two, asked('a'), nameless, nameless])).toEqual([one, two, nameless, nameless]);
    expect(() => distinct([one, two, asked('a', 'another')])).toThrow(conflict);
  });
});
