import { histogram, quantileEdges } from '../../ml/drift/histogram.ts';
import { psi } from '../../ml/drift/psi.ts';
import { domainTest } from '../../ml/drift/rows/domain.ts';
import type { Row } from '../../ml/drift/rows/encode.ts';
import { bitsOf, SKETCH_FEATURE } from '../../ml/drift/rows/sketch.ts';
import { vocabularyTest } from '../../ml/drift/rows/vocabulary.ts';
import { seededRandom } from '../../ml/random.ts';
import type { Policy } from '../../schemas/models/policy.ts';
import type { Measured } from './compare.ts';

/** Some held-out samples of a dataset, as predictions report them. */
export interface ReferenceRows {
  readonly rows: readonly Row[];
  readonly seed: number;
}

/** Fewer rows on either side say nothing. */
export const MIN_ROWS = 50;
/** Rows of a window that are compared: time and memory do not grow with it. */
const MAX_ROWS = 1_000;
const BINS = 10;

/** Compares the rows of a window with those of the reference as a whole: by the words of their texts, and by a classifier. */
export function measureRows(
  { rows: reference, seed }: ReferenceRows,
  window: readonly Row[],
  number: number,
  bounds: Policy['drift'],
): Measured[] {
  const actual = thinned(window);
  if (reference.length < MIN_ROWS || actual.length < MIN_ROWS) return [];
  const random = seededRandom(seed + number);
  const isAny = (rows: readonly Row[]) => rows.some((row) => Object.keys(row).length > 0);
  if (!isAny(reference) || !isAny(actual)) return [];
  return [
    ...vocabulary(reference, actual, random, bounds),
    domainClassifier(reference, actual, random, bounds),
  ];
}

function vocabulary(
  reference: readonly Row[],
  actual: readonly Row[],
  random: () => number,
  { vocabulary: limit }: Policy['drift'],
): Measured[] {
  const [before, now] = [reference, actual].map((rows) =>
    rows.flatMap((row) => (SKETCH_FEATURE in row ? [bitsOf(String(row[SKETCH_FEATURE]))] : [])),
  ) as [Int32Array[], Int32Array[]];
  if (before.length < MIN_ROWS || now.length < MIN_ROWS) return [];
  const { expected, ...tested } = vocabularyTest(before, now, random);
  return [
    {
      ...PLAIN,
      feature: 'vocabulary',
      ...tested,
      expectedPsi: expected,
      isLarge: tested.psi - expected >= limit,
    },
  ];
}

/** Its PSI is that of its scores, in ten bins of the reference. */
function domainClassifier(
  reference: readonly Row[],
  actual: readonly Row[],
  random: () => number,
  { auroc: limit }: Policy['drift'],
): Measured {
  const { auroc, expected, pValue, scores } = domainTest(reference, actual, random);
  const before = [...scores.subarray(0, reference.length)];
  const edges = quantileEdges(before, BINS);
  const referenceCounts = [...histogram(before, edges), 0];
  const windowCounts = [...histogram(scores.subarray(reference.length), edges), 0];
  const [n, m] = [reference.length, actual.length];
  return {
    ...PLAIN,
    feature: 'domainClassifier',
    edges,
    referenceCounts,
    windowCounts,
    psi: psi(referenceCounts, windowCounts),
    expectedPsi: (edges.length - 2) * (1 / n + 1 / m),
    pValue,
    auroc,
    expectedAuroc: expected,
    isLarge: auroc >= limit,
  };
}

const PLAIN = {
  edges: [],
  categories: [],
  referenceCounts: [],
  windowCounts: [],
  slice: null,
  auroc: null,
  expectedAuroc: null,
} as const;

/** At most so many rows, evenly spread. */
function thinned(rows: readonly Row[]): readonly Row[] {
  if (rows.length <= MAX_ROWS) return rows;
  return Array.from({ length: MAX_ROWS }, (_, i) => rows[Math.floor((i * rows.length) / MAX_ROWS)]!);
}
