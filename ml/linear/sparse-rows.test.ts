import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addProducts, moveWeights } from './sparse-rows.ts';

const COLUMNS = 5;

const problem = fc.integer({ min: 1, max: 20 }).chain((scores) =>
  fc.record({
    row: fc.uniqueArray(
      fc.tuple(fc.nat(COLUMNS - 1), fc.float({ noNaN: true, noDefaultInfinity: true, min: -2, max: 2 })),
      { selector: ([column]) => column },
    ),
    weights: fc.array(fc.float({ noNaN: true, min: -2, max: 2 }), {
      minLength: COLUMNS * scores,
      maxLength: COLUMNS * scores,
    }),
    scores: fc.array(fc.double({ noNaN: true, min: -2, max: 2 }), { minLength: scores, maxLength: scores }),
  }),
);

test('products and moves are those of a plain loop, to the last bit, for any number of scores', () => {
  fc.assert(
    fc.property(problem, ({ row, weights, scores }) => {
      const matrix = {
        rows: 1,
        columns: COLUMNS,
        offsets: Int32Array.of(0, row.length),
        indices: Int32Array.from(row, ([column]) => column),
        values: Float32Array.from(row, ([, value]) => value),
      };
      const given = Float32Array.from(weights);
      const [sums, moved] = [Float64Array.from(scores), given.slice()];
      addProducts(matrix, 0, given, sums);
      moveWeights(matrix, 0, moved, Float64Array.from(scores));
      const wanted = { sums: Float64Array.from(scores), moved: given.slice() };
      for (const [at, column] of matrix.indices.entries()) {
        for (const [k, score] of scores.entries()) {
          wanted.sums[k]! += matrix.values[at]! * given[column * scores.length + k]!;
          wanted.moved[column * scores.length + k]! += matrix.values[at]! * score;
        }
      }
      expect(sums).toEqual(wanted.sums);
      expect([...moved].map((weight) => weight + 0)).toEqual([...wanted.moved].map((weight) => weight + 0));
    }),
  );
});
