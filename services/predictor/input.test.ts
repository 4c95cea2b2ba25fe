import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import { LIMITS } from '../../kernel/texts.ts';
import { canonicalInput, recordedInput } from './input.ts';

test('the canonical input has its fields by name, without what is missing', () => {
  const input = '{"a":0,"b":false,"text":"x\\u0000é"}';
  expect(canonicalInput({ text: 'x\u0000é', b: false, gone: null, title: '', a: 0 })).toBe(input);
  expect(canonicalInput({ a: 0, b: false, text: 'x\u0000é' })).toBe(input);
});

test('the input is kept only if asked for and short enough; its digest always', () => {
  const instance = { seats: 12 };
  const inputHash = hash('sha256', '{"seats":12}');
  expect(recordedInput(instance, false)).toEqual({ inputHash, input: null });
  expect(recordedInput(instance, true)).toEqual({ inputHash, input: '{"seats":12}' });
  expect(recordedInput({ text: 'x'.repeat(LIMITS.value) }, true).input).toBeNull();
});
