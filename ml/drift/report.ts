import { type Compared, compareHistograms } from './compare.ts';

/** A feature in a window, with the counts of its bins. */
export interface FeatureBins {
  readonly feature: string;
  /** column=value of the predictions that were compared; empty: all */
  readonly slice: string;
  readonly psi: number;
  readonly expectedPsi: number;
  /** of the domain classifier */
  readonly auroc: number | null;
  readonly expectedAuroc: number | null;
  readonly pValue: number;
  readonly edges: readonly number[];
  readonly categories: readonly string[];
  /** counts by bin; then what is in no category, of categories; then what is missing; none of words */
  readonly reference: readonly number[];
  readonly actual: readonly number[];
  readonly adjustedPValue: number | null;
  readonly drifted: boolean;
}

/** A window of predictions, as the projections have it. */
export interface DriftWindow {
  readonly version: string;
  readonly window: number;
  readonly eventId: string;
  readonly from: string;
  readonly to: string;
  readonly predictions: number;
  readonly features: readonly FeatureBins[];
}

export interface ReportedFeature extends FeatureBins {
  /** names of the bins */
  readonly bins: readonly string[];
  readonly references: number;
  readonly distances: readonly Compared[];
}

export interface ReportedWindow extends Omit<DriftWindow, 'features'> {
  readonly features: readonly ReportedFeature[];
}

export interface DriftReport {
  readonly model: string;
  readonly windows: readonly ReportedWindow[];
}

/** Every distance of every feature in every window, with what chance makes of it. */
export const driftReport = (model: string, windows: readonly DriftWindow[]): DriftReport => ({
  model,
  windows: windows.map(({ features, ...window }) => ({
    ...window,
    features: features.map((feature) => ({
      ...feature,
      bins: binNames(feature),
      references: feature.reference.reduce((sum, count) => sum + count, 0),
      distances: distancesOf(feature),
    })),
  })),
});

/** Of words there are no bins, and the classifier is judged by its AUROC: both are as they were measured. */
function distancesOf(feature: FeatureBins): Compared[] {
  const { psi, expectedPsi, auroc, expectedAuroc, pValue, reference } = feature;
  if (reference.length === 0) return [{ distance: 'psi', value: psi, expected: expectedPsi, pValue }];
  if (auroc === null) return compareHistograms(feature);
  const shown = { distance: 'psi', value: psi, expected: expectedPsi, pValue };
  return [shown, { distance: 'auroc', value: auroc, expected: expectedAuroc ?? 0.5, pValue }];
}

function binNames({ edges, categories, reference }: FeatureBins): string[] {
  if (reference.length === 0) return [];
  if (edges.length === 0) return [...categories, 'unknown', 'missing'];
  const numbers = edges.slice(1).map((to, i) => `${short(edges[i]!)} – ${short(to)}`);
  return [...numbers, 'missing'];
}

const short = (value: number): string => String(Number(value.toPrecision(4)));
