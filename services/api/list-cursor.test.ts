import { expect, test } from 'vitest';
import { formatListCursor, parseListCursor } from './list-cursor.ts';

test('a cursor comes back as the key that it was made of', () => {
  const key = ['2026-03-01T12:00:00.000Z', 'a "name" – ∂', ''];
  expect(parseListCursor(formatListCursor('runs/list', key), 'runs/list', 3)).toEqual(key);
});

test.each([
  ['of another list', formatListCursor('runs/list', ['a']), 'is of another list'],
  ['with another key', formatListCursor('alerts/list', ['a', 'b']), 'is none that this API gave'],
  ['that is no JSON', 'bad', 'is none'],
  ['that is no list', Buffer.from('{"a":1}').toString('base64url'), 'is none'],
  ['with a number', Buffer.from('["alerts/list",1]').toString('base64url'), 'is none'],
])('one %s is refused', (_what, cursor, why) => {
  expect(() => parseListCursor(cursor, 'alerts/list', 1)).toThrow(why);
});
