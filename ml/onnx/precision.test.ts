import { expect, test } from 'vitest';
import { openGraph } from '../../services/trainer/tools.ts';
import { seededRandom } from '../random.ts';
import { encodeModel } from './model-proto.ts';
import { type GraphPart, PartBuilder } from './part.ts';
import { type Precision, withPrecision } from './precision.ts';

const [WORDS, HIDDEN, OUTPUTS] = [40, 24, 16];
const random = seededRandom(11);
const table = Float32Array.from({ length: WORDS * HIDDEN }, () => random() - 0.5).fill(0, 0, HIDDEN);
const weight = Float32Array.from({ length: HIDDEN * OUTPUTS }, () => random() - 0.5);

/** Rows of a table, times a weight. */
function lookedUpAndMultiplied(): GraphPart {
  const graph = new PartBuilder();
  graph.floats('table', [WORDS, HIDDEN], table);
  graph.floats('weight', [HIDDEN, OUTPUTS], weight);
  graph.node('rows', 'Gather', ['table', 'ids']);
  graph.node('y', 'MatMul', ['rows', 'weight']);
  return graph.part;
}

const encoded = (precision: Precision) =>
  encodeModel({
    name: 'test',
    inputs: [{ name: 'ids', type: 'int64', shape: ['rows'] }],
    outputs: [{ name: 'y', type: 'float', shape: ['rows', OUTPUTS] }],
    metadata: {},
    ...withPrecision(lookedUpAndMultiplied(), precision),
  });

async function run(precision: Precision, ids: readonly number[]): Promise<Float32Array> {
  const graph = await openGraph(encoded(precision));
  const { y } = await graph.run({ ids: { dims: [ids.length], data: BigInt64Array.from(ids, BigInt) } });
  await graph.close();
  return y!.data as Float32Array;
}

const sized = (values: ArrayLike<number>): number =>
  Math.max(...Array.from(values, (value) => Math.abs(value)));
/** A number as a whole one from −127 to 127 of a peak, and back. */
const rounded = (value: number, peak: number) => (Math.round((value / peak) * 127) * peak) / 127;

/** What whole numbers make of a row: by loops, in 64 bits. */
function byLoops(id: number): number[] {
  const row = table.subarray(id * HIDDEN, (id + 1) * HIDDEN);
  const stored = Array.from(row, (value) => rounded(value, sized(row) || 1));
  const taken = stored.map((value) => rounded(value, sized(stored) || 1));
  return Array.from({ length: OUTPUTS }, (_, column) => {
    const weights = Array.from({ length: HIDDEN }, (_, at) => weight[at * OUTPUTS + column]!);
    return taken.reduce((sum, value, at) => sum + value * rounded(weights[at]!, sized(weights)), 0);
  });
}

const IDS = [3, 0, 17, 39, 8];

test('int8: whole numbers with a scale for each row and each column, near the product in 32 bits', async () => {
  const [exact, packed] = [await run('fp32', IDS), await run('int8', IDS)];
  const expected = IDS.flatMap(byLoops);
  for (const [at, value] of packed.entries()) {
    expect(value).toBeCloseTo(expected[at]!, 5);
    expect(Math.abs(value - exact[at]!)).toBeLessThan(0.02);
  }
  expect(packed).not.toEqual(exact);
  expect([...packed.subarray(OUTPUTS, 2 * OUTPUTS)].every((value) => value === 0)).toBe(true); // of a row of zeros
});

test('int8: a row alone is as it is beside others, bit for bit', async () => {
  const together = await run('int8', IDS);
  for (const [at, id] of IDS.entries()) {
    expect(await run('int8', [id])).toEqual(together.slice(at * OUTPUTS, (at + 1) * OUTPUTS));
  }
});

test('fp16: weights of 16 bits, computed in 32', async () => {
  const halved = (values: Float32Array) => Float32Array.from(new Float16Array(values));
  const [stored, weights] = [halved(table), halved(weight)];
  const packed = await run('fp16', IDS);
  for (const [row, id] of IDS.entries()) {
    for (let column = 0; column < OUTPUTS; column++) {
      let sum = 0;
      for (let at = 0; at < HIDDEN; at++) {
        sum += stored[id * HIDDEN + at]! * weights[at * OUTPUTS + column]!;
      }
      expect(packed[row * OUTPUTS + column]).toBeCloseTo(sum, 5);
    }
  }
});

test('each takes less room than the one before', () => {
  const sizes = (['fp32', 'fp16', 'int8'] as const).map((precision) => encoded(precision).length);
  expect(sizes[1]).toBeLessThan(0.7 * sizes[0]!);
  expect(sizes[2]).toBeLessThan(sizes[1]!);
});
