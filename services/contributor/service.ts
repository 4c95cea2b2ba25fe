import { EpochlogError, failureOf } from '../../kernel/errors.ts';
import { InvalidInput } from '../../ml/errors.ts';
import { type NewEvent, newEvent, reactorService, type ServiceContext } from '../../schemas/catalogue.ts';
import type { ContributionRequested, VersionRegistered } from '../../schemas/events.generated.ts';
import { hashOfCode } from '../../tasks/code.ts';
import { taskNamed } from '../../tasks/registry.ts';
import { integrate, nothingNew } from './integrate.ts';
import { CHANGES, type Contribution, State } from './state.ts';
import {
  benchmarkId,
  checkLabels,
  labelsId,
  measureBoth,
  onBenchmark,
  onLabels,
  refused,
  train,
} from './steps.ts';

/**
 * Takes contributions of data: adds what is new to the training split of the baseline, trains from there, measures both on the
 * test split of the baseline, and accepts or refuses by the policy. Each has a dataset and a run of its own.
 */
export const service = reactorService({
  name: 'contributor',
  reactsTo: [
    'ContributionRequested',
    'DatasetSealed',
    'DatasetRefused',
    'TrainingCompleted',
    'TrainingFailed',
    'RunCancelled',
    'EvaluationCompleted',
    'EvaluationFailed',
  ],
  stateFrom: CHANGES,
  start(context) {
    const state = new State();
    const failed = (id: string, code: string, reason: string): NewEvent[] => {
      const contribution = state.of(id);
      return contribution ? [refused(contribution, { code, reason }, state)] : [];
    };
    return {
      evolve: (event) => state.evolve(event),
      on: {
        ContributionRequested: ({ data }) => begin(data, state, context),
        DatasetSealed({ data: { datasetId } }) {
          const contribution = state.of(datasetId);
          return contribution ? train(contribution, state) : [];
        },
        DatasetRefused: ({ data: { datasetId, code, reason } }) => failed(datasetId, code, reason),
        TrainingCompleted({ data: { runId, package: digest } }) {
          const contribution = state.of(runId);
          return contribution ? measureBoth(contribution, digest) : [];
        },
        TrainingFailed: ({ data: { runId, code, reason } }) => failed(runId, code, reason),
        RunCancelled: ({ data: { runId } }) => failed(runId, 'CANCELLED', 'its training was cancelled'),
        EvaluationCompleted({ data }) {
          for (const contribution of state.running.values()) {
            const { contributionId } = contribution.integrated;
            if (data.evaluationId === labelsId(contributionId)) return onLabels(contribution, data, state);
            if (data.evaluationId === benchmarkId(contributionId))
              return onBenchmark(contribution, data, state);
          }
          return [];
        },
        EvaluationFailed({ data: { evaluationId, code, reason } }) {
          const contribution = state.running
            .values()
            .find(({ integrated: { contributionId: id } }) =>
              [labelsId(id), benchmarkId(id)].includes(evaluationId),
            );
          return contribution ? [refused(contribution, { code, reason }, state)] : [];
        },
      },
    };
  },
});

/** Integrates the data of a contribution, or refuses it. */
async function begin(
  request: ContributionRequested,
  state: State,
  context: ServiceContext,
): Promise<NewEvent[]> {
  const { contributionId, model, contributor } = request;
  try {
    const contribution = await integrated(request, state, context);
    const task = taskNamed(state.tasks, state.models.get(model)!.task);
    const next = checkLabels(contribution, task.target.type === 'classification');
    return [newEvent('ContributionIntegrated', contribution.integrated), ...next];
  } catch (error) {
    const { code, reason } = failureOf(error, (cause) =>
      cause instanceof InvalidInput ? 'INPUT_UNREADABLE' : undefined,
    );
    const policyVersion = state.policyOf(model).version;
    return [
      newEvent('ContributionRefused', { contributionId, model, contributor, code, reason, policyVersion }),
    ];
  }
}

async function integrated(
  request: ContributionRequested,
  state: State,
  { artifacts }: ServiceContext,
): Promise<Contribution> {
  const { contributionId, model, contributor, data, dataName, change, requestedBy } = request;
  if (state.ids.has(contributionId))
    throw new EpochlogError('CONFLICT', `there is a contribution ${contributionId} already: give another id`);
  const declared = state.models.get(model);
  if (!declared) throw new EpochlogError('NOT_FOUND', `there is no model ${model}`);
  const baseline = baselineOf(request, state);
  const dataset = state.datasets.get(baseline.datasetId);
  if (!dataset)
    throw new EpochlogError(
      'NOT_FOUND',
      `the dataset ${baseline.datasetId} of ${baseline.version} is not in this log`,
    );
  const file = { name: dataName, bytes: await artifacts.get(data) };
  const task = taskNamed(state.tasks, declared.task);
  const { lines, ...counts } = await integrate(file, await artifacts.get(dataset.artifact), task);
  if (counts.added === 0) {
    throw new EpochlogError('INPUT_EMPTY', nothingNew(counts, declared.task));
  }
  return {
    integrated: {
      ...{ contributionId, model, contributor, data, change, requestedBy, codeHash: hashOfCode(), ...counts },
      ...{ baseline: baseline.version, baselinePackage: baseline.package, benchmark: baseline.datasetId },
      ...{ datasetId: `${contributionId}-dataset`, runId: `${contributionId}-run` },
      newSamples: await artifacts.put(new TextEncoder().encode(lines)),
      policyVersion: state.policyOf(model).version,
    },
  };
}

/** The version that a contribution starts from: the one that it names, or the one in production. */
function baselineOf({ model, baseline }: ContributionRequested, state: State): VersionRegistered {
  const found =
    baseline === null ? state.versionInProduction(model) : state.versions.get(`${model}/${baseline}`);
  if (found) return found;
  const why =
    baseline === null
      ? `no version of ${model} is in production: name a baseline`
      : `there is no version ${baseline} of ${model}`;
  throw new EpochlogError('NOT_FOUND', why);
}
