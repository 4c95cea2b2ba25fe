import { describe, expect, test } from 'vitest';
import type { NewEvent } from './event.ts';
import { assertWithinLimits, identifier, LIMITS, namedValues, reason, value } from './texts.ts';

const HALF = '\ud800';

const request = (data: object): NewEvent => ({
  type: 'OrderPlaced',
  data: { orderId: 'm', note: '', reason: 'because', requestedBy: 'me', ...data },
});

describe('an identifier', () => {
  test.each([
    ['a', true],
    ['論文 № 7, cs/9901001 😀', true],
    ['x'.repeat(LIMITS.identifier), true],
    ['x'.repeat(LIMITS.identifier + 1), false],
    ['', false],
    [`a${HALF}`, false],
    [`\udc00${HALF}`, false],
    ['a\u0000', false],
    ['a\nb', false],
    ['a\u009b31m', false],
  ])('%j: %s', (text, isValid) => {
    expect(identifier.safeParse(text).success).toBe(isValid);
  });
});

test('a reason has line breaks, but neither half characters nor a novel', () => {
  expect(reason.safeParse('first\nsecond\t😀').success).toBe(true);
  expect(reason.safeParse(`a${HALF}`).success).toBe(false);
  expect(reason.safeParse('x'.repeat(LIMITS.reason + 1)).success).toBe(false);
  expect(value.safeParse('').success).toBe(true);
});

test('values by name are bounded in number, and so are their names', () => {
  const many = Object.fromEntries(Array.from({ length: LIMITS.parameters + 1 }, (_, i) => [`p${i}`, 'x']));
  const parameters = namedValues(value);
  expect(parameters.safeParse({ a: 'x' }).success).toBe(true);
  expect(parameters.safeParse(many).success).toBe(false);
  expect(parameters.safeParse({ ['x'.repeat(LIMITS.identifier + 1)]: 'x' }).success).toBe(false);
  expect(parameters.safeParse({ [HALF]: 'x' }).success).toBe(false);
});

describe('an event from outside, whatever its schema says, is refused for', () => {
  test.each([
    [
      'a text that is too long',
      { reason: 'x'.repeat(1_001) },
      /reason has 1001 characters, more than the 1000/,
    ],
    ['half a character', { requestedBy: HALF }, /requestedBy has half a surrogate pair/],
    ['half a character deep inside', { more: { list: [{ text: HALF }] } }, /more\.list\.0\.text has half/],
    ['half a character in a name', { params: { [HALF]: 1 } }, /params\.a name has half/],
    ['a name that is too long', { params: { ['x'.repeat(1_001)]: 1 } }, /params\.a name has 1001/],
    ['a list that is too long', { list: new Array(1_001).fill(0) }, /list has 1001 entries/],
  ])('%s', (_what, data, message) => {
    expect(() => assertWithinLimits(request(data), 'm')).toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID', message: expect.stringMatching(message) }),
    );
  });

  test.each(['', 'x'.repeat(201), `m${HALF}`, 'm\u0000'])('the key %j', (key) => {
    expect(() => assertWithinLimits(request({}), key)).toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID', message: expect.stringMatching(/its key/) }),
    );
  });

  test('nothing else', () => {
    expect(() => assertWithinLimits(request({ reason: 'x\n'.repeat(500) }), 'm')).not.toThrow();
  });
});
