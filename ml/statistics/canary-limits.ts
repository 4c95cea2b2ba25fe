/** How much worse than production a canary may be, and how surely it must be so to be rolled back. */
export interface CanaryLimits {
  /** error rate, by that of production; 1.5 */
  readonly errorRatio: number;
  /** but at least so much above it, so that 1.5 × 0 is not 0; 0.005 */
  readonly errorFloor: number;
  /** p95 latency, by that of production; 1.2 */
  readonly latencyRatio: number;
  /** but at least so many milliseconds above it; 1 */
  readonly latencyFloorMs: number;
  /** population stability index of labels, beyond what chance gives; 0.2 */
  readonly labelDrift: number;
  /** mean confidence, in either direction; 0.1 */
  readonly confidenceShift: number;
  /** accuracy below that of production; 0.02 */
  readonly accuracyLoss: number;
  /** requests of each arm without which no stage passes; 200 */
  readonly minimumSamples: number;
  /** outcomes of each arm without which no stage passes; 0: no stage waits for outcomes */
  readonly minimumOutcomes: number;
  /** the probability that a canary as good as production is rolled back in any stage; 0.05 */
  readonly falseRollbacks: number;
  /** stages of the rollout, over which that probability is spread; 5 */
  readonly stages: number;
}

export const CANARY_LIMITS: CanaryLimits = {
  errorRatio: 1.5,
  errorFloor: 0.005,
  latencyRatio: 1.2,
  latencyFloorMs: 1,
  labelDrift: 0.2,
  confidenceShift: 0.1,
  accuracyLoss: 0.02,
  minimumSamples: 200,
  minimumOutcomes: 0,
  falseRollbacks: 0.05,
  stages: 5,
};
