import { type Decider, deciderService, type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { EvaluationCompleted, TrainingCompleted } from '../../schemas/events.generated.ts';
import { foldAt, start } from './start.ts';
import { CHANGES, evaluationIdOf, evolve, foldOf, initialState, type Running, type State } from './state.ts';
import { summaryOf } from './summary.ts';

const INPUTS = [
  'CrossValidationRequested',
  'TrainingCompleted',
  'TrainingFailed',
  'RunCancelled',
  'EvaluationCompleted',
  'EvaluationFailed',
] as const;

const CROSSVALIDATOR = 'crossvalidator';

export const crossvalidator: Decider<State, (typeof INPUTS)[number]> = {
  initialState,
  decide(state, event) {
    switch (event.type) {
      case 'CrossValidationRequested':
        return start(state, event.data);
      case 'TrainingCompleted':
        return onTrained(state, event.data);
      case 'TrainingFailed':
        return failed(state, (runId) => runId === event.data.runId, event.data);
      case 'RunCancelled':
        return failed(state, (runId) => runId === event.data.runId, { ...event.data, code: 'CANCELLED' });
      case 'EvaluationCompleted':
        return onMeasured(state, event.data);
      case 'EvaluationFailed':
        return failed(state, (runId) => evaluationIdOf(runId) === event.data.evaluationId, event.data);
    }
  },
  evolve,
};

/** Asks for the model of a fold to be measured on the samples that it did not learn from. */
function onTrained(state: State, { runId, package: digest }: TrainingCompleted): NewEvent[] {
  const found = foldOf(state, (id) => id === runId);
  if (!found) return [];
  const { model, datasetId, reuse } = found.cross.started;
  return [
    newEvent('EvaluationRequested', {
      ...{ evaluationId: evaluationIdOf(runId), model, version: null, runId: null, package: digest },
      ...{ datasetId, data: null, dataName: null, baseline: null, includeTraining: false },
      ...{
        examination: null,
        requestedBy: CROSSVALIDATOR,
        fold: foldAt(found.cross.started, found.fold),
        reuse,
      },
    }),
  ];
}

function onMeasured(state: State, measured: EvaluationCompleted): NewEvent[] {
  const { evaluationId, samples, metrics, primaryMetric, package: digest } = measured;
  const found = foldOf(state, (runId) => evaluationIdOf(runId) === evaluationId);
  if (!found || found.cross.measured.some(({ fold }) => fold === found.fold)) return [];
  const { cross, fold, runId } = found;
  const { crossValidationId, model, folds } = cross.started;
  const fact = newEvent('FoldMeasured', {
    ...{ crossValidationId, model, fold, runId, evaluationId, package: digest },
    ...{ samples, metrics, primaryMetric },
  });
  const all = [...cross.measured, fact.data];
  if (all.length < folds) return [fact];
  const completed = newEvent('CrossValidationCompleted', {
    ...{ crossValidationId, model, primaryMetric, summary: summaryOf(all, primaryMetric) },
    samples: all.reduce((sum, { samples }) => sum + samples, 0),
  });
  return [fact, completed];
}

/** One fold less is no cross-validation: the others are not trained in vain. */
function failed(
  state: State,
  isOf: (runId: string) => boolean,
  { code, reason }: { code: string; reason: string },
): NewEvent[] {
  const found = foldOf(state, isOf);
  if (!found) return [];
  const { crossValidationId, model } = found.cross.started;
  const why = `fold ${found.fold}: ${reason}`;
  return [
    newEvent('CrossValidationFailed', { crossValidationId, model, code, reason: why }),
    ...unmeasured(found.cross, found.runId).map((runId) =>
      newEvent('RunCancelRequested', {
        runId,
        reason: `${crossValidationId} failed in fold ${found.fold}`,
        requestedBy: CROSSVALIDATOR,
      }),
    ),
  ];
}

const unmeasured = ({ started, measured }: Running, but: string): string[] =>
  started.runIds.filter((runId) => runId !== but && !measured.some((fold) => fold.runId === runId));

/** Evaluates configurations in folds: asks for a training of each, has it measured on what it did not learn from, and sums up. */
export const service = deciderService({
  name: 'crossvalidator',
  reactsTo: INPUTS,
  stateFrom: CHANGES,
  decider: () => crossvalidator,
});
