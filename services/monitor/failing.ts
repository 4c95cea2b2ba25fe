import type { RecordedEvent } from '../../schemas/catalogue.ts';

export const SERVINGS = ['VersionServing', 'ServingFailed', 'ServingEnded'] as const;
export type Report = RecordedEvent<(typeof SERVINGS)[number]>;

/** The instances of the predictor that cannot serve the version in production: name → number of the decision. */
export type Failing = ReadonlyMap<string, number>;

/**
 * The failing instances after a report. Every instance reports on every decision, so one that failed at an earlier
 * decision than the reported one is gone, or will report on this one too.
 */
export function failingAfter(failing: Failing, { type, data }: Report): Failing {
  const { instance, decisionNumber } = data;
  const still = [...failing].filter(([name, decision]) => name !== instance && decision >= decisionNumber);
  return new Map(type === 'ServingFailed' ? [...still, [instance, decisionNumber]] : still);
}
