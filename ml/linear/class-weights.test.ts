import { describe, expect, test } from 'vitest';
import { classWeightsOf } from './class-weights.ts';

const LABELS = ['late', 'onTime', 'cancelled'];
const CLASSES = Int32Array.of(0, 1, 1, 1);

describe('class weights', () => {
  test('none, by rarity among the labels that occur, or as listed', () => {
    expect([...classWeightsOf('none', LABELS, CLASSES)]).toEqual([1, 1, 1]);
    expect([...classWeightsOf('balanced', LABELS, CLASSES)]).toEqual([2, 2 / 3, 1]);
    expect([...classWeightsOf(['cancelled=0.5', 'late=3'], LABELS, CLASSES)]).toEqual([3, 1, 0.5]);
    expect([...classWeightsOf(['a=b=2'], ['a=b', 'c'], CLASSES)]).toEqual([2, 1]);
  });

  test.each([
    ['lates=3', "names 'lates', which is no label, did you mean 'late'?"],
    ['late', 'label=weight with a weight above 0, such as "late=3", not \'late\''],
    ['late=0', 'above 0'],
    ['late=x', 'above 0'],
  ])('%s is refused', (entry, message) => {
    const parse = () => classWeightsOf([entry], LABELS, CLASSES);
    expect(parse).toThrow(expect.objectContaining({ code: 'parameter' }));
    expect(parse).toThrow(message);
  });

  test('a label that is named twice is refused', () => {
    expect(() => classWeightsOf(['late=1', 'late=2'], LABELS, CLASSES)).toThrow("names 'late' twice");
  });
});
