import { momentsUnderNoDrift } from '../../../ml/drift/chance.ts';
import { chiSquareTerm, hellingerDistance, jensenShannonDistance } from '../../../ml/drift/distance.ts';
import {
  kolmogorovSmirnov,
  kolmogorovSmirnovTest,
  kolmogorovTail,
  orderedBins,
  orderedSamples,
  wassersteinDistance,
} from '../../../ml/drift/ordered.ts';
import { psi } from '../../../ml/drift/psi.ts';
import { crossFittedAuroc as aurocOfRows } from '../../../ml/drift/rows/domain.ts';
import { agreementOf, fleissOf } from '../../../ml/statistics/agreement.ts';
import { proportionBelief } from '../../../ml/statistics/bayes.ts';
import { chiSquareTwoSample } from '../../../ml/statistics/chi-square.ts';
import { benjaminiHochberg, holm } from '../../../ml/statistics/corrections.ts';
import { cuped } from '../../../ml/statistics/cuped.ts';
import { relativeLift, welchTest } from '../../../ml/statistics/difference.ts';
import * as distributions from '../../../ml/statistics/distributions.ts';
import {
  meanEstimate,
  type PairSums,
  proportionEstimate,
  ratioEstimate,
  type Sums,
} from '../../../ml/statistics/estimate.ts';
import { unitsForProportions } from '../../../ml/statistics/power.ts';
import {
  newcombeInterval,
  type Proportion,
  twoProportionZTest,
  wilsonInterval,
} from '../../../ml/statistics/proportions.ts';
import { mannWhitney } from '../../../ml/statistics/rank.ts';
import { confidenceSequence, sequentialDifference } from '../../../ml/statistics/sequential.ts';
import { lnBeta, lnGamma } from '../../../ml/statistics/special-functions.ts';

type Sample = readonly number[];

/** The functions of ml/statistics and ml/drift under the names of golden.py. */
export const functions = {
  ...distributions,
  lnGamma,
  lnBeta,
  twoProportionZTest,
  newcombeInterval,
  wilsonInterval,
  unitsForProportions,
  mannWhitney,
  holm,
  benjaminiHochberg,
  agreementOf,
  fleissOf,
  proportionBelief,
  welchOfMeans: (a: Sums, b: Sums) => welchTest(meanEstimate(a), meanEstimate(b)),
  sequentialOfMeans: (a: Sums, b: Sums) => sequentialDifference(meanEstimate(a), meanEstimate(b)),
  sequentialProportions: (a: Proportion, b: Proportion) =>
    sequentialDifference(proportionEstimate(a), proportionEstimate(b)),
  sequentialLift(a: Proportion, b: Proportion) {
    const lift = relativeLift(proportionEstimate(a), proportionEstimate(b));
    return { ...lift, ...confidenceSequence(lift, a.trials + b.trials) };
  },
  welchOfRatios: (a: PairSums, b: PairSums) => welchTest(ratioEstimate(a), ratioEstimate(b)),
  cupedTest(a: PairSums, b: PairSums) {
    const { theta, control, treatment } = cuped(a, b);
    return { theta, ...welchTest(control, treatment) };
  },
  jensenShannonDistance,
  hellingerDistance,
  psi,
  chiSquareTwoSample,
  kolmogorovTail,
  kolmogorovSmirnovOfSamples: (a: Sample, b: Sample) => kolmogorovSmirnov(orderedSamples(a, b)),
  kolmogorovSmirnovPValue: (a: Sample, b: Sample) => kolmogorovSmirnovTest(orderedSamples(a, b)).pValue,
  wassersteinOfSamples: (a: Sample, b: Sample) => wassersteinDistance(orderedSamples(a, b)),
  wassersteinOfBins: (edges: Sample, a: Sample, b: Sample) => wassersteinDistance(orderedBins(edges, a, b)),
  meanChiSquare: (a: Sample, b: Sample) => momentsUnderNoDrift(a, b, [chiSquareTerm])[0]?.mean,
  crossFittedAuroc(table: readonly Sample[], roles: Sample) {
    const columns = table[0]!.length;
    const matrix = {
      ...{ rows: table.length, columns },
      offsets: Int32Array.from({ length: table.length + 1 }, (_, row) => row * columns),
      indices: Int32Array.from({ length: table.length * columns }, (_, at) => at % columns),
      values: Float32Array.from(table.flat()),
    };
    return aurocOfRows(matrix, Int32Array.from(roles));
  },
};
