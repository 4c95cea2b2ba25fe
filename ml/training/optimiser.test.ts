import { expect, test } from 'vitest';
import { clipGradients } from './gradients.ts';
import { OPTIMISERS, Optimiser, type OptimiserOptions } from './optimiser.ts';

/** Weights after five steps of PyTorch 1.13.1, 64-bit: learning rate 0.1, momentum 0.9, decay 0.01 of the first array only. */
const PYTORCH: Readonly<Record<OptimiserOptions['optimiser'], readonly (readonly number[])[]>> = {
  sgd: [
    [0.3312308977785489, -0.6624617955570978, -2.129180490105901],
    [-0.06703100000000005, -2.96788],
  ],
  adagrad: [
    [0.6772035277096067, -1.6770180437426856, 0.17692705832626113],
    [-0.16007075207021249, -0.9607773829494617],
  ],
  adamw: [
    [0.4960090004849202, -1.4910189854999092, -0.0014960020025940879],
    [-0.23508306826398978, -1.1901460878504335],
  ],
};

const gradientsOf = (step: number) => [Float64Array.of(0.5, -1, 2), Float64Array.of(0.1 * step, 3 / step)];
const initial = () => [
  { weights: Float64Array.of(1, -2, 0.5), decays: true },
  { weights: Float64Array.of(0.25, -0.75), decays: false },
];
const optionsOf = (optimiser: OptimiserOptions['optimiser']) => ({
  optimiser,
  weightDecay: 0.01,
  momentum: 0.9,
});

test.each(OPTIMISERS)('%s makes the steps that PyTorch makes', (name) => {
  const trainables = initial();
  const optimiser = new Optimiser(optionsOf(name), trainables);
  for (let step = 1; step <= 5; step++) optimiser.step(gradientsOf(step), 0.1);
  for (const [at, { weights }] of trainables.entries()) {
    for (const [index, weight] of weights.entries()) {
      expect(weight).toBeCloseTo(PYTORCH[name][at]![index]!, 13);
    }
  }
});

test.each(OPTIMISERS)('%s goes on from a state as if it had never stopped', (name) => {
  const [whole, resumed] = [initial(), initial()];
  const optimiser = new Optimiser(optionsOf(name), whole);
  const first = new Optimiser(optionsOf(name), resumed);
  for (let step = 1; step <= 2; step++)
    for (const each of [optimiser, first]) each.step(gradientsOf(step), 0.1);
  const second = new Optimiser(optionsOf(name), resumed, structuredClone(first.state));
  for (let step = 3; step <= 5; step++)
    for (const each of [optimiser, second]) each.step(gradientsOf(step), 0.1);
  expect(resumed).toEqual(whole);
});

test.each(OPTIMISERS)('%s moves the rows that have a gradient as all of a matrix, and no others', (name) => {
  const matrix = () => Float32Array.of(9, 9, 0.5, -1, 9, 9, 2, 3);
  const [some, all] = [matrix(), Float32Array.of(0.5, -1, 2, 3)];
  const byRows = new Optimiser(optionsOf(name), [{ weights: some, decays: true }]);
  const whole = new Optimiser(optionsOf(name), [{ weights: all, decays: true }]);
  for (const values of [Float32Array.of(1, -2, 3, 0.5), Float32Array.of(0.1, 0.2, -0.3, 1)]) {
    byRows.step([{ rows: Int32Array.of(1, 3), values }], 0.1);
    whole.step([values], 0.1);
  }
  const expected = [9, 9, all[0]!, all[1]!, 9, 9, all[2]!, all[3]!];
  for (const [at, weight] of some.entries()) expect(weight).toBeCloseTo(expected[at]!, 6);
});

test('gradients are clipped as PyTorch clips them, and a norm that is not finite is told', () => {
  const gradients = gradientsOf(2);
  expect(clipGradients(gradients, 0)).toBeCloseTo(2.745906043549196, 14);
  expect(gradients).toEqual(gradientsOf(2));
  clipGradients(gradients, 1);
  const clipped = [
    0.18208919386933425, -0.3641783877386685, 0.728356775477337, 0.07283567754773371, 0.5462675816080027,
  ];
  for (const [at, value] of [...gradients[0]!, ...gradients[1]!].entries()) {
    expect(value).toBeCloseTo(clipped[at]!, 14);
  }
  expect(clipGradients([Float64Array.of(1, Number.NaN)], 1)).toBeNaN();
});
