import { engineNamed } from '../../ml/engines.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { EvaluationCompleted, EvaluationRequested } from '../../schemas/events.generated.ts';
import { agreementOf, deltasOf, doubt, judge } from './judge.ts';
import type { Contribution, State } from './state.ts';

const CONTRIBUTOR = 'contributor';

/** Of the records of a contribution by the baseline, and of both models on the benchmark. */
export const labelsId = (contributionId: string): string => `${contributionId}-labels`;
export const benchmarkId = (contributionId: string): string => `${contributionId}-benchmark`;

const evaluation = (
  request: Partial<EvaluationRequested> & Pick<EvaluationRequested, 'evaluationId' | 'model' | 'package'>,
) =>
  newEvent('EvaluationRequested', {
    ...{
      version: null,
      reuse: false,
      runId: null,
      datasetId: null,
      data: null,
      dataName: null,
      baseline: null,
      examination: null,
      fold: null,
    },
    ...{ includeTraining: false, requestedBy: CONTRIBUTOR },
    ...request,
  });

/** Lets the baseline answer the new records: are their labels plausible? Of numbers there is no such check. */
export function checkLabels({ integrated }: Contribution, isClassifier: boolean): NewEvent[] {
  const { contributionId, model, baseline, baselinePackage, newSamples } = integrated;
  if (!isClassifier) return extendDataset({ integrated });
  const evaluationId = labelsId(contributionId);
  return [
    evaluation({
      ...{ evaluationId, model, version: baseline, package: baselinePackage },
      ...{ data: newSamples, dataName: 'added.jsonl', includeTraining: true },
    }),
  ];
}

/** Adds the new records to the training split of the dataset of the baseline. Its test split is the benchmark, and stays. */
export function extendDataset({ integrated }: Contribution): NewEvent[] {
  const { model, datasetId, benchmark, newSamples } = integrated;
  return [
    newEvent('DatasetExtensionRequested', {
      ...{ datasetId, model, extends: benchmark, samples: newSamples, requestedBy: CONTRIBUTOR },
    }),
  ];
}

/** Trains on the extended dataset, from the baseline where the engine can. It is a trial: no version comes of it by itself. */
export function train({ integrated }: Contribution, state: State): NewEvent[] {
  const { contributionId, model, datasetId, runId, baseline } = integrated;
  const declared = state.models.get(model)!;
  const { engine, parameters: params, seed } = declared;
  return [
    newEvent('TrainingRequested', {
      ...{ runId, model, datasetId, engine, params, seed, searchId: contributionId, fold: null },
      fromVersion: engineNamed(engine).warmStart ? baseline : null,
      seeds: {},
      checkpointEvery: null,
      keepBest: null,
      reuse: false,
      reproduces: null,
    }),
  ];
}

/** Measures the trained model and the baseline on the benchmark. */
export function measureBoth({ integrated }: Contribution, digest: string): NewEvent[] {
  const { contributionId, model, benchmark, baseline, baselinePackage } = integrated;
  const evaluationId = benchmarkId(contributionId);
  const rival = { version: baseline, package: baselinePackage };
  return [evaluation({ evaluationId, model, package: digest, datasetId: benchmark, baseline: rival })];
}

/** Refuses a contribution whose labels the baseline hardly ever gives; else its dataset is made. */
export function onLabels(
  contribution: Contribution,
  measured: EvaluationCompleted,
  state: State,
): NewEvent[] {
  const { contributionId, model, contributor, baseline } = contribution.integrated;
  const policy = state.policyOf(model);
  const benchmark = state.versions.get(`${model}/${baseline}`)?.metrics.accuracy ?? 0;
  const agreement = agreementOf(measured, benchmark);
  if (!agreement) return extendDataset(contribution);
  const about = { contributionId, model, contributor };
  const checked = newEvent('ContributionChecked', {
    ...about,
    labels: agreement,
    policyVersion: policy.version,
  });
  const refusal = doubt(agreement, policy.contributions);
  return refusal
    ? [checked, refused(contribution, refusal, state)]
    : [checked, ...extendDataset(contribution)];
}

/** Measures what the contribution was worth, and accepts or refuses it by the policy. */
export function onBenchmark(
  contribution: Contribution,
  measured: EvaluationCompleted,
  state: State,
): NewEvent[] {
  const { integrated, checked, trained } = contribution;
  const { contributionId, model, contributor, baseline, datasetId, runId, data, codeHash, change } =
    integrated;
  const policy = state.policyOf(model);
  const about = { contributionId, model, contributor };
  const { evaluationId, samples, package: digest } = measured;
  const delta = newEvent('DeltaMeasured', {
    ...about,
    ...{ baseline, evaluationId, samples, package: digest, deltas: deltasOf(measured) },
    agreement: checked?.labels.share ?? null,
    policyVersion: policy.version,
  });
  const { refusal, summary } = judge(measured, policy);
  if (refusal) return [delta, refused(contribution, refusal, state)];
  const dataset = state.datasets.get(datasetId)!;
  const accepted = newEvent('ContributionAccepted', {
    ...about,
    ...{ runId, data, codeHash, package: digest, reason: summary, change },
    contentHash: dataset.contentHash,
    modelHash: trained?.modelHash ?? '',
    policyVersion: policy.version,
  });
  const rival = state.versionInProduction(model);
  const asVersion = evaluation({
    ...{ evaluationId: `${runId}-test`, model, runId, package: digest, datasetId },
    baseline: rival ? { version: rival.version, package: rival.package } : null,
  });
  return [delta, accepted, asVersion];
}

export const refused = (
  { integrated }: Contribution,
  { code, reason }: { code: string; reason: string },
  state: State,
): NewEvent => {
  const { contributionId, model, contributor } = integrated;
  const policyVersion = state.policyOf(model).version;
  return newEvent('ContributionRefused', { contributionId, model, contributor, code, reason, policyVersion });
};
