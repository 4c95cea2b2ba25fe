import type { EventReader } from '../../schemas/catalogue.ts';
import { modelOfHistory } from './ids.ts';

/** The steps of the lifecycle of a model that the log already holds: an interrupted one resumes after them. */
export interface Progress {
  collections: ReadonlySet<string>;
  trainingRequested: boolean;
  predictions: ReadonlySet<string>;
  outcomes: ReadonlySet<string>;
  evaluations: ReadonlySet<string>;
}

/** How a lifecycle began: of which model and task, with the digest of which records, and cut at which day. */
export interface Begun {
  model: string;
  task: string;
  source: string;
  cut: string | null;
}

/** The lifecycles that the log holds. */
export async function readBegun(events: EventReader): Promise<Begun[]> {
  const begun: Begun[] = [];
  for await (const { data } of events.scan(['CollectionRequested'])) {
    const model = modelOfHistory(data.collectionId);
    if (model !== undefined) begun.push({ model, task: data.task, source: data.source, cut: data.to });
  }
  return begun;
}

export async function readProgress(events: EventReader, model: string): Promise<Progress> {
  const collections = new Set<string>();
  const predictions = new Set<string>();
  const outcomes = new Set<string>();
  const evaluations = new Set<string>();
  let trainingRequested = false;
  for await (const { type, data } of events.scan([
    'CollectionRequested',
    'TrainingPlanRequested',
    'PredictionServed',
    'OutcomeReported',
    'EvaluationRequested',
  ])) {
    if (type === 'CollectionRequested') collections.add(data.collectionId);
    else if (type === 'PredictionServed') predictions.add(data.requestId);
    else if (type === 'OutcomeReported') outcomes.add(data.requestId);
    else if (type === 'EvaluationRequested') evaluations.add(data.evaluationId);
    else trainingRequested ||= data.model === model;
  }
  return { collections, trainingRequested, predictions, outcomes, evaluations };
}
