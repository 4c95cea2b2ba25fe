import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type {
  ModelDeclared,
  TrainingPlanned,
  TrainingPlanRequested,
} from '../../schemas/events.generated.ts';
import type { PlanCause } from '../../schemas/vocabularies.ts';
import { NO_FOLDS } from '../../tasks/policies/splits.ts';
import { corpusOf, type Plans, plansOf, type State } from './state.ts';

/** How a model is trained. */
export type Choice = Pick<
  TrainingPlanned,
  | 'engine'
  | 'params'
  | 'seed'
  | 'promote'
  | 'fromVersion'
  | 'seeds'
  | 'checkpointEvery'
  | 'keepBest'
  | 'reuse'
  | 'change'
>;

/** Why it is. */
export interface Trigger {
  cause: PlanCause;
  reason: string;
}

/** A model as it is declared, with the parameters of a search that were adopted since, where the policy uses them. */
export const inUse = ({ adopted, policy }: Plans, declared: ModelDeclared): ModelDeclared =>
  policy.retraining.adoptedParameters && adopted?.engine === declared.engine
    ? { ...declared, parameters: { ...declared.parameters, ...adopted.params } }
    : declared;

/** How a model is trained: as it is declared, but for what the request says. */
export const chosenBy = (
  { engine, parameters, seed }: ModelDeclared,
  request?: Pick<TrainingPlanRequested, keyof Choice>,
): Choice => ({
  engine: request?.engine ?? engine,
  params:
    request?.engine && request.engine !== engine ? request.params : { ...parameters, ...request?.params },
  seed: request?.seed ?? seed,
  promote: request?.promote ?? true,
  fromVersion: request?.fromVersion ?? null,
  seeds: request?.seeds ?? {},
  checkpointEvery: request?.checkpointEvery ?? null,
  keepBest: request?.keepBest ?? null,
  reuse: request?.reuse ?? false,
  change: request?.change ?? null,
});

/** Starts a training plan by asking for its dataset, sealed as the policy says. */
export function plan(
  state: State,
  { model, task }: ModelDeclared,
  { cause, reason }: Trigger,
  choice: Choice,
): NewEvent[] {
  const { count, samplesAtLast, dataset, policy } = plansOf(state, model);
  const number = count + 1;
  const datasetId = `${model}-d${number}`;
  return [
    newEvent('TrainingPlanned', {
      model,
      planId: `${model}-t${number}`,
      cause,
      reason,
      samples: corpusOf(state, task).accepted,
      samplesAtLast,
      datasetId,
      runId: `${model}-r${number}`,
      ...choice,
      policyVersion: policy.version,
    }),
    newEvent('DatasetRequested', {
      datasetId,
      model,
      task,
      extends: dataset,
      seed: choice.seeds.split ?? choice.seed,
      ...policy.training,
      ...NO_FOLDS,
      reuse: false, // versions of a plan have a dataset of their own
      requestedBy: 'planner',
    }),
  ];
}
