export interface ExperimentArm {
  readonly name: string;
  /** its part of the traffic, by that of the others */
  readonly weight: number;
  /** units that were sent to it, such as users */
  readonly units: number;
}

export interface ExperimentRules {
  /** of p-values; 1 − that of intervals */
  readonly significance: number;
  /** of a primary metric, in its unit, without which nothing is promoted: 0.02 is two points */
  readonly minimumImprovement: number;
  /** whether it is looked at more than once before it ends: then what is valid at every look decides */
  readonly isSequential: boolean;
  /** units of each arm without which nothing is decided */
  readonly minimumUnits: number;
  readonly sampleRatioSignificance: number;
  /** observations of two arms for which sequential intervals are narrowest */
  readonly tuning: number;
  readonly resamples: number;
  readonly seed: number;
}

export const EXPERIMENT_RULES: ExperimentRules = {
  significance: 0.05,
  minimumImprovement: 0.02,
  isSequential: true,
  minimumUnits: 100,
  sampleRatioSignificance: 0.001,
  tuning: 5000,
  resamples: 1000,
  seed: 1,
};
