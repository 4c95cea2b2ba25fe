import type { RecordedEvent } from '../../schemas/catalogue.ts';
import type {
  AlertRaised,
  ModelDeclared,
  ParametersAdopted,
  TrainingPlanned,
} from '../../schemas/events.generated.ts';
import { type PolicyInForce, withPolicy } from '../../schemas/models/policy.ts';
import { type Decision, decisionOf, laterOf } from '../../schemas/models/production.ts';
import { DEFAULT_POLICY } from '../../tasks/policies/policy.ts';
import { type Corpus, EMPTY, evolveCorpus, taskOf } from './corpus.ts';

/** The training plans of one model. */
export interface Plans {
  /** how it is trained; undefined for a model that was never declared */
  readonly declared: ModelDeclared | undefined;
  /** the parameters of a search, adopted since it was declared */
  readonly adopted: Pick<ParametersAdopted, 'engine' | 'params'> | undefined;
  readonly policy: PolicyInForce;
  readonly count: number;
  readonly running: TrainingPlanned | undefined;
  /** version of the running plan, once it is registered: it may wait for its review, or be deployed by stages */
  readonly registered: string | undefined;
  /** accepted samples when the last plan started */
  readonly samplesAtLast: number;
  /** when it started, in milliseconds since the epoch; undefined before the first */
  readonly plannedAt: number | undefined;
  /** the last due time of a trigger that has come */
  readonly cameDue: number;
  /** id of the last sealed dataset: the next one extends it */
  readonly dataset: string | null;
  /** all that were registered */
  readonly versions: readonly string[];
  /** the last one about production */
  readonly decision: Decision | undefined;
  /** open alerts, by monitor */
  readonly alerts: ReadonlyMap<string, AlertRaised>;
}

export interface State {
  /** by task */
  readonly corpora: ReadonlyMap<string, Corpus>;
  readonly models: ReadonlyMap<string, Plans>;
}

export const NO_PLANS: Plans = {
  declared: undefined,
  adopted: undefined,
  policy: DEFAULT_POLICY,
  count: 0,
  running: undefined,
  registered: undefined,
  samplesAtLast: 0,
  plannedAt: undefined,
  cameDue: Number.NEGATIVE_INFINITY,
  dataset: null,
  versions: [],
  decision: undefined,
  alerts: new Map(),
};

export const initialState = (): State => ({ corpora: new Map(), models: new Map() });

export const plansOf = ({ models }: State, model: string): Plans => models.get(model) ?? NO_PLANS;

export const corpusOf = ({ corpora }: State, task: string | undefined): Corpus =>
  corpora.get(task ?? '') ?? EMPTY;

/** Samples are frequent: they change the counts of a task alone, of which there are few. */
export function evolve(state: State, event: RecordedEvent): State {
  const task = taskOf(event);
  if (task !== undefined) {
    const corpus = evolveCorpus(corpusOf(state, task), event);
    return { ...state, corpora: new Map(state.corpora).set(task, corpus) };
  }
  const change = changeBy(state, event);
  if (!change) return state;
  const plans = { ...plansOf(state, change.model), ...change.to };
  return { ...state, models: new Map(state.models).set(change.model, plans) };
}

/** The fields that an event changes in the plans of its model. */
function changeBy(state: State, event: RecordedEvent): { model: string; to: Partial<Plans> } | undefined {
  switch (event.type) {
    case 'ModelDeclared':
      return { model: event.data.model, to: { declared: event.data, adopted: undefined } };
    case 'ParametersAdopted': {
      const { model, engine, params } = event.data;
      return { model, to: { adopted: { engine, params } } };
    }
    case 'PolicyChanged': {
      const { model } = event.data;
      return { model, to: { policy: withPolicy(plansOf(state, model).policy, event.data) } };
    }
    case 'RetrainingDue':
      return { model: event.data.model, to: { cameDue: event.data.dueAt } };
    case 'TrainingPlanned': {
      const { model, samples } = event.data;
      const count = plansOf(state, model).count + 1;
      const plan = { running: event.data, registered: undefined, plannedAt: event.time };
      return { model, to: { ...plan, count, samplesAtLast: samples } };
    }
    case 'TrainingPlanConcluded': {
      const { model, planId } = event.data;
      const { running } = plansOf(state, model);
      return running?.planId === planId ? { model, to: { running: undefined } } : undefined;
    }
    case 'DatasetSealed': {
      const { model, datasetId, task } = event.data;
      const isPlanned = plansOf(state, model).running?.datasetId === datasetId;
      const samples = isPlanned ? {} : { samplesAtLast: corpusOf(state, task).accepted };
      return { model, to: { dataset: datasetId, ...samples } };
    }
    case 'VersionRegistered': {
      const { model, version, runId } = event.data;
      const { versions, running } = plansOf(state, model);
      const isPlanned = running?.runId === runId;
      return { model, to: { versions: [...versions, version], ...(isPlanned && { registered: version }) } };
    }
    case 'VersionPromoted':
    case 'VersionRolledBack':
    case 'ModelRetired': {
      const { model } = event.data;
      return { model, to: { decision: laterOf(plansOf(state, model).decision, decisionOf(event)) } };
    }
    case 'AlertRaised': {
      const { model, monitorId } = event.data;
      return { model, to: { alerts: new Map(plansOf(state, model).alerts).set(monitorId, event.data) } };
    }
    case 'AlertResolved': {
      const { model, alertId } = event.data;
      const open = [...plansOf(state, model).alerts].filter(([, alert]) => alert.alertId !== alertId);
      return { model, to: { alerts: new Map(open) } };
    }
    default:
      return undefined;
  }
}
