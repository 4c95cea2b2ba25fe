import type { Happened } from '../../kernel/event.ts';
import type { AlertRaised, RetrainingTriggered } from '../../schemas/events.generated.ts';
import { type Corpus, EMPTY, evolveCorpus } from './corpus.ts';

/** The trainings of one model. */
export interface Trainings {
  readonly count: number;
  readonly running: RetrainingTriggered | undefined;
  /** samples accepted when the last training was triggered */
  readonly samplesAtLast: number;
  /** the dataset sealed last */
  readonly dataset: string | null;
  readonly production: string | undefined;
  readonly retired: boolean;
  /** open alerts, by monitor */
  readonly alerts: ReadonlyMap<string, AlertRaised>;
}

export interface State {
  readonly corpus: Corpus;
  readonly models: ReadonlyMap<string, Trainings>;
}

export const NO_TRAININGS: Trainings = {
  count: 0,
  running: undefined,
  samplesAtLast: 0,
  dataset: null,
  production: undefined,
  retired: false,
  alerts: new Map(),
};

export const initialState = (): State => ({ corpus: EMPTY, models: new Map() });

export const trainingsOf = ({ models }: State, model: string): Trainings => models.get(model) ?? NO_TRAININGS;

/** Cheap for samples, of which there are many: they only move the counts. */
export function evolve(state: State, event: Happened): State {
  const corpus = evolveCorpus(state.corpus, event);
  if (corpus !== state.corpus) return { ...state, corpus };
  const change = changeBy(state, event);
  if (!change) return state;
  const trainings = { ...trainingsOf(state, change.model), ...change.to };
  return { ...state, models: new Map(state.models).set(change.model, trainings) };
}

/** What an event changes about the trainings of its model, if anything. */
function changeBy(state: State, event: Happened): { model: string; to: Partial<Trainings> } | undefined {
  switch (event.type) {
    case 'RetrainingTriggered': {
      const { model, samples } = event.data;
      const count = trainingsOf(state, model).count + 1;
      return { model, to: { count, running: event.data, samplesAtLast: samples } };
    }
    case 'RetrainingConcluded': {
      const { model, retrainingId } = event.data;
      const { running } = trainingsOf(state, model);
      return running?.retrainingId === retrainingId ? { model, to: { running: undefined } } : undefined;
    }
    case 'DatasetSealed': {
      const { model, datasetId } = event.data;
      const mine = trainingsOf(state, model).running?.datasetId === datasetId;
      const samples = mine ? {} : { samplesAtLast: state.corpus.accepted };
      return { model, to: { dataset: datasetId, ...samples } };
    }
    case 'VersionPromoted':
    case 'VersionRolledBack':
      return { model: event.data.model, to: { production: event.data.version, retired: false } };
    case 'ModelRetired':
      return { model: event.data.model, to: { production: undefined, retired: true } };
    case 'AlertRaised': {
      const { model, monitorId } = event.data;
      return { model, to: { alerts: new Map(trainingsOf(state, model).alerts).set(monitorId, event.data) } };
    }
    case 'AlertResolved': {
      const { model, alertId } = event.data;
      const open = [...trainingsOf(state, model).alerts].filter(([, alert]) => alert.alertId !== alertId);
      return { model, to: { alerts: new Map(open) } };
    }
    default:
      return undefined;
  }
}
