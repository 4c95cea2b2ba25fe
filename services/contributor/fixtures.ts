import type { EvaluationCompleted } from '../../schemas/events.generated.ts';

/** An evaluation, beside a baseline where one is given. */
export const measured = (
  metrics: Readonly<Record<string, number>>,
  baseline: Readonly<Record<string, number>> | null,
  samples = 1_000,
): EvaluationCompleted => ({
  ...{ evaluationId: 'e', model: 'topics', version: null, runId: null, package: 'p', modelHash: null },
  ...{ datasetId: 'd', data: null, samples, primaryMetric: 'accuracy', standardErrors: {}, perClass: [] },
  ...{
    confusion: [],
    coverage: [],
    reference: [],
    seconds: 1,
    inTraining: null,
    trainingIncluded: true,
    unknownTarget: 0,
    unreadable: 0,
    firstFault: null,
  },
  ...{ lower: {}, upper: {}, report: null, suites: [], operational: {}, metrics },
  baseline: baseline && {
    ...{ version: 'v1.0.0', package: 'q', operational: {}, metrics: baseline },
    pairedRecent: [],
    paired: [{ metric: 'accuracy', mean: -0.03, standardError: 0.01, pValue: 0.01 }],
  },
});
