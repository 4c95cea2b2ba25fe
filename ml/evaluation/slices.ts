import { holm } from '../statistics/corrections.ts';
import { normalTail } from '../statistics/distributions.ts';
import { meanOf } from '../statistics/paired.ts';
import type { Attribute } from './attributes.ts';

/** Samples that have one value of an attribute, or one of each of two. */
export interface Slice {
  readonly where: readonly { readonly attribute: string; readonly value: string }[];
  readonly samples: number;
  /** mean loss: the share of errors of a classifier, the mean absolute error of a number */
  readonly loss: number;
  /** of all other samples */
  readonly elsewhere: number;
  /** that so high a loss is chance, corrected for all slices that were looked at (Holm) */
  readonly pValue: number;
}

/** Fewer samples are no slice. */
const MIN_SAMPLES = 20;
const SIGNIFICANCE = 0.05;

/** The loss by the values of one attribute, the highest first. */
export function lossesBy(
  { name, values }: Attribute,
  losses: Float64Array,
): { attribute: string; value: string; samples: number; loss: number; standardError: number }[] {
  return [...rowsByValue(values)]
    .map(([value, rows]) => {
      const { mean, standardError } = meanOf(Float64Array.from(rows, (row) => losses[row]!));
      return { attribute: name, value, samples: rows.length, loss: mean, standardError };
    })
    .sort((a, b) => b.loss - a.loss);
}

/**
 * The slices where a model is worse than elsewhere: of one attribute and of pairs of them, each of 20 samples or more. Each is
 * tested by a one-sided z test of the mean loss against that of all other samples (Welch), and all p-values are corrected
 * together by Holm, so that none of the slices found is chance with a probability of 0.95. The worst first.
 */
export function worstSlices(
  attributes: readonly Attribute[],
  losses: Float64Array,
  most = 20,
): { readonly looked: number; readonly slices: Slice[] } {
  const candidates = [...slicesOf(attributes)].flatMap(({ where, rows }) => {
    if (rows.length < MIN_SAMPLES || losses.length - rows.length < MIN_SAMPLES) return [];
    const [own, others] = partsOf(losses, rows).map(meanOf);
    const error = Math.hypot(own!.standardError, others!.standardError);
    const difference = own!.mean - others!.mean;
    const pValue = error === 0 ? Number(difference <= 0) : normalTail(difference / error);
    return [{ where, samples: rows.length, loss: own!.mean, elsewhere: others!.mean, pValue }];
  });
  const corrected = holm(candidates.map(({ pValue }) => pValue));
  const slices = candidates
    .map((slice, at) => ({ ...slice, pValue: corrected[at]! }))
    .filter(({ pValue }) => pValue < SIGNIFICANCE)
    .sort((a, b) => b.loss - b.elsewhere - (a.loss - a.elsewhere))
    .slice(0, most);
  return { looked: candidates.length, slices };
}

/** The losses of some rows, which ascend, and those of all others. */
function partsOf(losses: Float64Array, rows: readonly number[]): [Float64Array, Float64Array] {
  const own = new Float64Array(rows.length);
  const others = new Float64Array(losses.length - rows.length);
  let [inside, outside] = [0, 0];
  for (let row = 0; row < losses.length; row++) {
    if (rows[inside] === row) own[inside++] = losses[row]!;
    else others[outside++] = losses[row]!;
  }
  return [own, others];
}

function* slicesOf(attributes: readonly Attribute[]) {
  const parted = attributes.map(({ name, values }) => ({ name, values, rows: rowsByValue(values) }));
  for (const [at, { name, rows }] of parted.entries()) {
    for (const [value, own] of rows) {
      const where = [{ attribute: name, value }];
      yield { where, rows: own };
      if (own.length < MIN_SAMPLES) continue;
      for (const other of parted.slice(at + 1)) {
        const both = Map.groupBy(own, (row) => other.values[row] ?? null);
        for (const [second, rows] of both)
          if (second !== null) yield { where: [...where, { attribute: other.name, value: second }], rows };
      }
    }
  }
}

function rowsByValue(values: readonly (string | null)[]): Map<string, number[]> {
  const rows = new Map<string, number[]>();
  for (const [row, value] of values.entries()) {
    if (value === null) continue;
    const own = rows.get(value);
    if (own) own.push(row);
    else rows.set(value, [row]);
  }
  return rows;
}
