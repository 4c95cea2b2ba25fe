import { expect, test } from 'vitest';
import { assertFinite } from './finite.ts';
import type { Prediction } from './prediction.ts';

const number: Prediction = {
  label: null,
  labels: null,
  value: 1,
  confidence: null,
  scores: {},
  monitored: {},
};
const label: Prediction = { ...number, label: 'a', value: null, confidence: 0.9, scores: { a: 0.9, b: 0.1 } };

test('an answer of finite numbers is taken; another is a failure of the model, unless a number of the instance is too large', () => {
  for (const prediction of [number, label]) expect(assertFinite(prediction, { x: 1e300 })).toBe(prediction);
  for (const spoilt of [
    { ...number, value: Number.NaN },
    { ...number, value: Number.NEGATIVE_INFINITY },
    { ...label, confidence: Number.NaN },
    { ...label, scores: { a: 0.9, b: Number.NaN } },
  ]) {
    const failed = expect.objectContaining({ code: 'INFERENCE_FAILED' });
    expect(() => assertFinite(spoilt, { x: 7, text: 'x', missing: null })).toThrow(failed);
    const tooLarge = expect.objectContaining({
      code: 'INPUT_INVALID',
      message: expect.stringContaining('y is -1e+30'),
    });
    expect(() => assertFinite(spoilt, { x: 7, y: -1e30 })).toThrow(tooLarge);
  }
});
