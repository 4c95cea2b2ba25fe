import type { MonitoredFeatures } from '../../ml/adapters/adapter.ts';

/** A label with its confidence, or a number. */
export interface Prediction {
  label: string | null;
  value: number | null;
  confidence: number | null;
  /** of a model of several labels, those that are answered: `label` is their set as one text; else null */
  labels: readonly string[] | null;
  /** the probability of each label */
  scores: Readonly<Record<string, number>>;
  /** of the instance */
  monitored: MonitoredFeatures;
}
