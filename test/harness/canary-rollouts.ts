import { type Random, randomBinomial } from '../../ml/random.ts';
import { type CanaryCheck, type CanaryVerdict, judgeCanary } from '../../ml/statistics/canary.ts';
import { CANARY_LIMITS, type CanaryLimits } from '../../ml/statistics/canary-limits.ts';
import type { ArmCounts } from '../../ml/statistics/canary-measures.ts';
import { normalQuantile } from '../../ml/statistics/distributions.ts';
import { bucketOf, EMPTY_SKETCH, type LatencySketch } from '../../ml/statistics/latency-sketch.ts';

/** How an arm behaves. */
export interface Behaviour {
  readonly errorRate: number;
  /** of the median, in milliseconds; the shape is log-normal */
  readonly latency: number;
  /** probabilities of labels */
  readonly labels: readonly number[];
  readonly confidence: number;
  readonly accuracy: number;
}

export const PRODUCTION: Behaviour = {
  errorRate: 0.01,
  latency: 20,
  labels: [0.3, 0.2, 0.15, 0.1, 0.08, 0.07, 0.05, 0.03, 0.01, 0.01],
  confidence: 0.8,
  accuracy: 0.8,
};

export interface Rollout {
  readonly verdict: CanaryVerdict;
  /** of the last look */
  readonly checks: readonly CanaryCheck[];
  /** stages that passed */
  readonly passed: number;
  /** requests of both arms, and of the canary, until the end */
  readonly requests: number;
  readonly canaryRequests: number;
  readonly looks: number;
}

export interface RolloutOptions {
  readonly shares?: readonly number[];
  readonly batch?: number;
  /** looks in a stage at least: its dwell; and at most: then a canary that is still held goes back without having failed */
  readonly looks?: readonly [least: number, most: number];
  readonly limits?: CanaryLimits;
  /** share of requests whose outcome comes */
  readonly labelled?: number;
}

/** Rolls a canary out by the book: a look after each batch, the next stage when all checks pass after the dwell. */
export function simulateRollout(
  canary: Behaviour,
  random: Random,
  {
    shares = [0.05, 0.1, 0.25, 0.5],
    batch = 500,
    looks: [least, most] = [10, 200],
    limits = CANARY_LIMITS,
    labelled = 0.3,
  }: RolloutOptions = {},
): Rollout {
  let [requests, canaryRequests, looks] = [0, 0, 0];
  let checks: readonly CanaryCheck[] = [];
  for (const [passed, share] of shares.entries()) {
    const [c, p] = [new Arm(canary, labelled), new Arm(PRODUCTION, labelled)];
    for (let look = 1; ; look++) {
      const arrived = randomBinomial(batch, share, random);
      c.answer(arrived, random);
      p.answer(batch - arrived, random);
      requests += batch;
      canaryRequests += arrived;
      looks++;
      const judgement = judgeCanary(c, p, limits);
      ({ checks } = judgement);
      if (judgement.verdict === 'pass' && look >= least) break;
      if (judgement.verdict === 'fail' || look >= most) {
        return { verdict: judgement.verdict, checks, passed, requests, canaryRequests, looks };
      }
    }
  }
  return { verdict: 'pass', checks, passed: shares.length, requests, canaryRequests, looks };
}

/** Quantiles of the standard normal distribution: latencies are drawn from so many values. */
const NORMAL = Array.from({ length: 400 }, (_, at) => normalQuantile((at + 0.5) / 400));

class Arm implements ArmCounts {
  requests = 0;
  errors = 0;
  labels: Record<string, number> = {};
  confidence = { count: 0, sum: 0, squares: 0 };
  outcomes = { successes: 0, trials: 0 };
  private readonly behaviour: Behaviour;
  private readonly labelled: number;
  /** the buckets of latencies that are equally probable, and how often each was drawn */
  private readonly buckets: readonly number[];
  private readonly drawn = new Map<number, number>();

  constructor(behaviour: Behaviour, labelled: number) {
    this.behaviour = behaviour;
    this.labelled = labelled;
    this.buckets = NORMAL.map((z) => bucketOf(behaviour.latency * Math.exp(0.6 * z)));
  }

  latency: LatencySketch = EMPTY_SKETCH;

  private sketch(): LatencySketch {
    const buckets = [...this.drawn.keys()].sort((a, b) => a - b);
    return { buckets, counts: buckets.map((bucket) => this.drawn.get(bucket)!) };
  }

  answer(requests: number, random: Random): void {
    const { errorRate, labels, confidence, accuracy } = this.behaviour;
    this.requests += requests;
    const failed = randomBinomial(requests, errorRate, random);
    this.errors += failed;
    const answered = requests - failed;
    for (let at = 0; at < answered; at++) {
      const bucket = this.buckets[Math.floor(random() * NORMAL.length)]!;
      this.drawn.set(bucket, (this.drawn.get(bucket) ?? 0) + 1);
    }
    this.latency = this.sketch();
    let [left, weight] = [answered, 1];
    for (const [label, probability] of labels.entries()) {
      const count = randomBinomial(left, Math.min(probability / weight, 1), random);
      this.labels[label] = (this.labels[label] ?? 0) + count;
      left -= count;
      weight = Math.max(weight - probability, 1e-12);
    }
    for (let at = 0; at < answered; at++) {
      const value = Math.min(Math.max(confidence + 0.3 * (random() + random() - 1), 0), 1);
      this.confidence.count++;
      this.confidence.sum += value;
      this.confidence.squares += value * value;
    }
    const outcomes = randomBinomial(answered, this.labelled, random);
    this.outcomes.trials += outcomes;
    this.outcomes.successes += randomBinomial(outcomes, accuracy, random);
  }
}
