import { expect, test } from 'vitest';
import { tinyEncoder } from '../../test/harness/tiny-encoder.ts';
import { wordSketch } from '../drift/rows/sketch.ts';
import type { InstanceSchema } from '../instance/schema.ts';
import { adapter as blend, fittedBlend } from './blend.ts';
import { fittedTokens, adapter as tokens } from './tokens.ts';

const schema: InstanceSchema = {
  fields: { title: { type: 'text', required: true }, body: { type: 'text' } },
};
const fitted = fittedTokens(tinyEncoder().tokenizer, ['title', 'body'], 5);

test('texts are numbers of tokens, as many as the longest has, and a mask', () => {
  const open = tokens.open(fitted.settings, fitted.data, schema);
  const { input_ids: ids, attention_mask: mask } = open.inputsOf([
    { title: 'of the', body: 'new old with' },
    { title: 'of', body: '' },
  ]);
  expect(ids).toEqual({ dims: [2, 5], data: BigInt64Array.of(2n, 4n, 5n, 7n, 3n, 2n, 4n, 3n, 0n, 0n) });
  expect(mask?.data).toEqual(BigInt64Array.of(1n, 1n, 1n, 1n, 1n, 1n, 1n, 1n, 0n, 0n));
  expect(open.monitoredOf({ title: 'of the', body: 'new old with' })).toEqual({
    textLength: 5,
    wordSketch: wordSketch('of the new old with'),
  });
  expect(open.inputsOf([])).toMatchObject({ input_ids: { dims: [0, 1] } });
});

test.each([
  [{ ...fitted.settings, fields: ['author'] }, fitted.data, 'needs "fields" of type text'],
  [{ ...fitted.settings, maxTokens: undefined }, fitted.data, '"maxTokens"'],
  [fitted.settings, fitted.data.subarray(0, 100), 'is no tokenizer'],
])('settings or data that are not its own are refused', (settings, data, reason) => {
  expect(() => tokens.open(settings, data, schema)).toThrow(
    expect.objectContaining({ name: 'InvalidPackage', message: expect.stringContaining(reason) }),
  );
});

test('a blend that is truncated is refused', () => {
  const { settings, data } = fittedBlend([fitted]);
  expect(Object.keys(blend.open(settings, data, schema).inputsOf([{ title: 'of' }]))).toHaveLength(2);
  expect(() => blend.open(settings, data.subarray(0, -20), schema)).toThrow('blend.json: not the parts');
});
