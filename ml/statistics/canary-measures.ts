import { psiTest } from '../drift/psi.ts';
import type { CanaryLimits } from './canary-limits.ts';
import type { Sums } from './estimate.ts';
import { type Estimate, meanEstimate } from './estimate.ts';
import { anytimePValue, frequencyEvidence, mixEvidence } from './evidence.ts';
import type { LatencySketch } from './latency-sketch.ts';
import { countAbove, mergeSketches, sizeOf, sketchQuantile } from './latency-sketch.ts';
import type { Proportion } from './proportions.ts';
import { confidenceSequence } from './sequential.ts';

/** What one arm of a stage has answered so far. Two batches merge by adding. */
export interface ArmCounts {
  /** answered and failed */
  readonly requests: number;
  /** those of them that failed by the model's fault */
  readonly errors: number;
  /** milliseconds of the answered */
  readonly latency: LatencySketch;
  /** how often each label was answered; of a regression, none */
  readonly labels: Readonly<Record<string, number>>;
  /** of the answers' confidence; of a regression, of nothing */
  readonly confidence: Sums;
  /** right answers of those whose outcome has come */
  readonly outcomes: Proportion;
}

/** The numbers of a check. */
export interface Measures {
  readonly check: 'errors' | 'latency' | 'labels' | 'confidence' | 'accuracy';
  /** the measure of each arm, null where nothing was measured; of labels their distance (PSI), and 0 */
  readonly canary: number | null;
  readonly production: number | null;
  /** which the canary's measure must not pass; of confidence, its distance from production's */
  readonly limit: number | null;
  readonly samples: { readonly canary: number; readonly production: number };
  /** of "not worse than production at all", valid at every look */
  readonly pValue: number;
}

/** What a check measured, before it is judged. */
export type Measured = Measures & {
  /** whether the canary is beyond the limit */
  readonly isBeyond: boolean;
  /** samples of each arm without which it does not pass */
  readonly needed: number;
};

type Measure = (
  canary: ArmCounts,
  production: ArmCounts,
  limits: CanaryLimits,
  significance: number,
) => Measured;

const P95 = 0.95;

const errors: Measure = (canary, production, limits) =>
  frequency(
    'errors',
    { successes: canary.errors, trials: canary.requests },
    { successes: production.errors, trials: production.requests },
    (rate) => Math.max(rate * limits.errorRatio, rate + limits.errorFloor),
    limits.minimumSamples,
  );

const accuracy: Measure = (canary, production, limits) => {
  const wrong = ({ outcomes: { successes, trials } }: ArmCounts) => ({
    successes: trials - successes,
    trials,
  });
  const limitOf = (rate: number) => rate + limits.accuracyLoss;
  const measured = frequency('accuracy', wrong(canary), wrong(production), limitOf, limits.minimumOutcomes);
  const right = (share: number | null) => (share === null ? null : 1 - share);
  return {
    ...measured,
    canary: right(measured.canary),
    production: right(measured.production),
    limit: right(measured.limit),
  };
};

const latency: Measure = (canary, production, limits) => {
  const samples = { canary: sizeOf(canary.latency), production: sizeOf(production.latency) };
  const needed = limits.minimumSamples;
  if (isOneEmpty(samples)) return unmeasured('latency', samples, needed);
  const [c, p] = [sketchQuantile(canary.latency, P95), sketchQuantile(production.latency, P95)];
  const limit = Math.max(p * limits.latencyRatio, p + limits.latencyFloorMs);
  const threshold = sketchQuantile(mergeSketches([canary.latency, production.latency]), P95);
  const slow = (arm: ArmCounts) => ({
    successes: countAbove(arm.latency, threshold),
    trials: sizeOf(arm.latency),
  });
  const pValue = anytimePValue(frequencyEvidence(slow(canary), slow(production)));
  return { check: 'latency', canary: c, production: p, limit, samples, pValue, isBeyond: c > limit, needed };
};

const labels: Measure = (canary, production, limits) => {
  const names = [...new Set([...Object.keys(canary.labels), ...Object.keys(production.labels)])].sort();
  const [c, p] = [canary, production].map((arm) => names.map((name) => arm.labels[name] ?? 0));
  const samples = { canary: sumOf(c!), production: sumOf(p!) };
  if (isOneEmpty(samples)) return unmeasured('labels', samples, neededOf(samples, limits));
  const { psi, expected } = psiTest(p!, c!);
  return {
    check: 'labels',
    canary: psi,
    production: 0,
    limit: limits.labelDrift + expected,
    samples,
    pValue: anytimePValue(mixEvidence(c!, p!)),
    isBeyond: psi > limits.labelDrift + expected,
    needed: limits.minimumSamples,
  };
};

const confidence: Measure = (canary, production, limits, significance) => {
  const samples = { canary: canary.confidence.count, production: production.confidence.count };
  const needed = neededOf(samples, limits);
  // a central limit theorem is trusted, so that fewer samples cannot even fail
  if (Math.min(samples.canary, samples.production) < Math.max(needed, 2)) {
    return unmeasured('confidence', samples, needed);
  }
  const [c, p] = [meanEstimate(canary.confidence), meanEstimate(production.confidence)];
  return {
    check: 'confidence',
    canary: c.value,
    production: p.value,
    limit: limits.confidenceShift,
    samples,
    pValue: meansPValue(c, p, significance),
    isBeyond: Math.abs(c.value - p.value) > limits.confidenceShift,
    needed,
  };
};

/** All checks of a stage. */
export const MEASURES: readonly Measure[] = [errors, latency, labels, confidence, accuracy];

/** A check of how often something bad happens. */
function frequency(
  check: Measures['check'],
  canary: Proportion,
  production: Proportion,
  limitOf: (production: number) => number,
  needed: number,
): Measured {
  const samples = { canary: canary.trials, production: production.trials };
  if (isOneEmpty(samples)) return unmeasured(check, samples, needed);
  const [c, p] = [canary.successes / canary.trials, production.successes / production.trials];
  const limit = limitOf(p);
  const pValue = anytimePValue(frequencyEvidence(canary, production));
  return { check, canary: c, production: p, limit, samples, pValue, isBeyond: c > limit, needed };
}

/** That two means are equal, at every look. Where nothing varies in so many answers, nothing is left to chance. */
function meansPValue(canary: Estimate, production: Estimate, significance: number): number {
  const difference = canary.value - production.value;
  const standardError = Math.hypot(canary.standardError, production.standardError);
  if (standardError === 0) return difference === 0 ? 1 : 0;
  const observations = canary.count + production.count;
  return confidenceSequence({ difference, standardError }, observations, { confidence: 1 - significance })
    .pValue;
}

const unmeasured = (check: Measures['check'], samples: Measures['samples'], needed: number): Measured => ({
  check,
  canary: null,
  production: null,
  limit: null,
  samples,
  pValue: 1,
  isBeyond: false,
  needed,
});

const isOneEmpty = ({ canary, production }: Measures['samples']) => canary === 0 || production === 0;

/** A model of numbers has neither labels nor confidence: then no stage waits for them. */
const neededOf = ({ canary, production }: Measures['samples'], limits: CanaryLimits): number =>
  canary + production === 0 ? 0 : limits.minimumSamples;

const sumOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
