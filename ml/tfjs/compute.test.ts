import { describe, expect, test } from 'vitest';
import { openGraph } from '../../services/trainer/tools.ts';
import type { TrainingTools } from '../engines/engine.ts';
import type { TableEncoder } from '../linear/table.ts';
import type { SparseMatrix } from '../matrix.ts';
import { seededRandom } from '../random.ts';
import { openBackend, type TensorFlow } from './backend.ts';
import { type Batch, batchesOf } from './batches.ts';
import { type BatchTargets, gradientsOf, marginsOf } from './compute.ts';
import { serve, sharedFloats, startGradients } from './gradient-worker.ts';
import { initialNetwork, type Network } from './network.ts';

/** Five columns; the second row is empty, and nobody has column 3. */
const FEATURES: SparseMatrix = {
  rows: 3,
  columns: 5,
  offsets: Int32Array.of(0, 3, 3, 5),
  indices: Int32Array.of(4, 0, 1, 2, 0),
  values: Float32Array.of(0.5, -1, 2, 1, 0.25),
};
const OF_TABLE = { kind: 'table', columns: 5 } as TableEncoder;
const [BATCH] = batchesOf(FEATURES, Int32Array.of(2, 0, 1), 3) as Iterable<Batch>;
const MASKS = [Float32Array.of(2, 0, 2, 2, 2, 0, 0, 2, 2, 2, 2, 2), Float32Array.of(1, 1, 1, 1, 1, 1)];
const TARGETS: readonly [number, BatchTargets][] = [
  [
    3,
    {
      type: 'classification',
      own: Float32Array.of(1, 0, 0, 0, 2, 0, 0, 0, 1),
      mask: Float32Array.of(0, 0, -1e9, 0, 0, 0, 0, 0, 0),
    },
  ],
  [1, { type: 'regression', targets: Float32Array.of(1, -0.5, 3) }],
];

/** With weights and biases that keep most units above 0. */
function network(scores: number): Network {
  const initial = initialNetwork(OF_TABLE, [4, 2], scores, seededRandom(3));
  for (const [layer, { inputs, outputs, weights }] of initial.layers.entries()) {
    if (layer === 1) weights.set(weights.map(Math.abs));
    weights.fill(1, inputs * outputs);
  }
  return initial;
}

const onSharedMemory = (given: Network): Network => ({
  ...given,
  layers: given.layers.map((layer) => ({ ...layer, weights: sharedFloats(layer.weights) })),
});
const tools = { openGraph };

test('a batch has the columns of its rows, and no others', () => {
  expect([...BATCH!.used]).toEqual([0, 1, 2, 4]);
  expect([...BATCH!.values]).toEqual([0.25, 0, 1, 0, -1, 2, 0, 0.5, 0, 0, 0, 0]);
  const empty: SparseMatrix = { ...FEATURES, rows: 1, offsets: Int32Array.of(0, 0) };
  expect([...batchesOf(empty, Int32Array.of(0), 3)]).toEqual([
    { rows: Int32Array.of(0), used: Int32Array.of(0), values: Float32Array.of(0) },
  ]);
});

describe.each(['wasm', 'cpu'] as const)('on the backend %s', (name) => {
  test.each(TARGETS)('derivatives of %s scores are differences of losses', async (scores, targets) => {
    const { tf } = await openBackend(name);
    const given = network(scores);
    const { loss, layers } = gradientsOf(tf, given, BATCH!, targets, MASKS);
    expect(loss).toBeGreaterThan(0);
    const compared = given.layers.flatMap(({ inputs, outputs, weights }, layer) => {
      const rows = layer === 0 ? [...BATCH!.used] : [...Array(inputs).keys()];
      const places = [...rows, inputs].flatMap((row) =>
        Array.from({ length: outputs }, (_, unit) => row * outputs + unit),
      );
      const computed = [...layers[2 * layer]!, ...layers[2 * layer + 1]!];
      return places.map((place, at) => [computed[at]!, slopeAt(tf, given, weights, place, targets)] as const);
    });
    expect(compared.filter(([, slope]) => Math.abs(slope) > 0.01).length).toBeGreaterThan(10);
    for (const [computed, slope] of compared) expect(Math.abs(computed - slope)).toBeLessThan(2e-3);
  });

  test.each([1, 2, 3, 8])('%s workers give the sum of the parts of a batch', async (workers) => {
    const { tf } = await openBackend(name);
    const given = onSharedMemory(network(3));
    const [, targets] = TARGETS[0]!;
    const whole = gradientsOf(tf, given, BATCH!, targets, MASKS);
    /** In this thread, with what would be sent to another. */
    const start: TrainingTools['startWorker'] = async (_, start) => {
      const { ask, close } = await serve(start, tools);
      return { ask: async (question) => structuredClone(await ask(structuredClone(question))), close };
    };
    const compute = await startGradients(workers, given, name, start);
    const sum = await compute(BATCH!, targets, MASKS);
    expect(sum.loss).toBeCloseTo(whole.loss, 5);
    expect(sum.layers.map(({ length }) => length)).toEqual(whole.layers.map(({ length }) => length));
    for (const [layer, values] of whole.layers.entries()) {
      for (const [at, value] of values.entries()) expect(sum.layers[layer]![at]).toBeCloseTo(value, 5);
    }
    expect(await compute(BATCH!, targets, MASKS)).toEqual(sum);
  });

  test('scores are those of the layers, row by row', async () => {
    const { tf } = await openBackend(name);
    const given = network(3);
    const { values } = marginsOf(tf, given, FEATURES);
    for (const [at, value] of plainMargins(given).entries()) expect(values[at]).toBeCloseTo(value, 5);
  });
});

function slopeAt(
  tf: TensorFlow,
  given: Network,
  weights: Float32Array,
  place: number,
  targets: BatchTargets,
): number {
  const [kept, width] = [weights[place]!, 1e-2];
  const lossAt = (weight: number) => {
    weights[place] = weight;
    return gradientsOf(tf, given, BATCH!, targets, MASKS).loss;
  };
  const slope = (lossAt(kept + width) - lossAt(kept - width)) / (2 * width);
  weights[place] = kept;
  return slope;
}

function plainMargins({ layers }: Network): number[] {
  const dense = [
    [-1, 2, 0, 0, 0.5],
    [0, 0, 0, 0, 0],
    [0.25, 0, 1, 0, 0],
  ];
  return dense.flatMap((row) =>
    layers.reduce((units, { inputs, outputs, weights }, layer) => {
      const sums = Array.from({ length: outputs }, (_, unit) =>
        units.reduce(
          (sum, value, input) => sum + value * weights[input * outputs + unit]!,
          weights[inputs * outputs + unit]!,
        ),
      );
      return layer < layers.length - 1 ? sums.map((sum) => Math.max(0, sum)) : sums;
    }, row),
  );
}
