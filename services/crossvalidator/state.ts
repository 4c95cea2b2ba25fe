import type { RecordedEvent } from '../../schemas/catalogue.ts';
import type { CrossValidationStarted, FoldMeasured, ModelDeclared } from '../../schemas/events.generated.ts';

/** A cross-validation whose folds are trained and measured. */
export interface Running {
  readonly started: CrossValidationStarted;
  readonly measured: readonly FoldMeasured[];
}

export interface State {
  readonly models: ReadonlyMap<string, ModelDeclared>;
  /** by id, in the order in which they were sealed */
  readonly datasets: ReadonlyMap<string, { readonly model: string; readonly task: string }>;
  readonly running: ReadonlyMap<string, Running>;
  /** of all that were ever started */
  readonly ids: ReadonlySet<string>;
}

export const initialState = (): State => ({
  models: new Map(),
  datasets: new Map(),
  running: new Map(),
  ids: new Set(),
});

export const CHANGES = [
  'ModelDeclared',
  'DatasetSealed',
  'CrossValidationStarted',
  'FoldMeasured',
  'CrossValidationCompleted',
  'CrossValidationFailed',
] as const;

/** Folds models, datasets, and how far each cross-validation is. */
export function evolve(state: State, event: RecordedEvent): State {
  switch (event.type) {
    case 'ModelDeclared':
      return { ...state, models: new Map(state.models).set(event.data.model, event.data) };
    case 'DatasetSealed': {
      const { datasetId, model, task } = event.data;
      return { ...state, datasets: new Map(state.datasets).set(datasetId, { model, task }) };
    }
    case 'CrossValidationStarted': {
      const { crossValidationId } = event.data;
      return {
        ...state,
        ids: new Set(state.ids).add(crossValidationId),
        running: new Map(state.running).set(crossValidationId, { started: event.data, measured: [] }),
      };
    }
    case 'FoldMeasured': {
      const { crossValidationId } = event.data;
      const found = state.running.get(crossValidationId);
      if (!found) return state;
      const measured = [...found.measured, event.data];
      return { ...state, running: new Map(state.running).set(crossValidationId, { ...found, measured }) };
    }
    case 'CrossValidationCompleted':
    case 'CrossValidationFailed': {
      const running = new Map(state.running);
      running.delete(event.data.crossValidationId);
      return { ...state, running };
    }
    default:
      return state;
  }
}

export const evaluationIdOf = (runId: string): string => `${runId}-test`;

/** The cross-validation that a run or an evaluation belongs to, and the number of its fold. */
export function foldOf(
  { running }: State,
  isOf: (runId: string) => boolean,
): { cross: Running; fold: number; runId: string } | undefined {
  for (const cross of running.values()) {
    const at = cross.started.runIds.findIndex(isOf);
    if (at >= 0) return { cross, fold: at + 1, runId: cross.started.runIds[at]! };
  }
  return undefined;
}
