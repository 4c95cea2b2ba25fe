import type { EventReader } from '../../kernel/reader.ts';

/** What the log says has been done already, so that a story that was interrupted goes on where it was. */
export interface Done {
  collections: ReadonlyMap<string, Collected>;
  trainingRequested: boolean;
  predictions: ReadonlySet<string>;
  outcomes: ReadonlySet<string>;
  evaluations: ReadonlySet<string>;
}

/** A collection that was asked for: its papers, and the day before which they were published. */
export interface Collected {
  source: string;
  to: string | null;
}

export async function readDone(events: EventReader): Promise<Done> {
  const collections = new Map<string, Collected>();
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
    if (type === 'CollectionRequested') collections.set(data.collectionId, data);
    else if (type === 'PredictionServed') predictions.add(data.requestId);
    else if (type === 'OutcomeReported') outcomes.add(data.requestId);
    else if (type === 'EvaluationRequested') evaluations.add(data.evaluationId);
    else trainingRequested = true;
  }
  return { collections, trainingRequested, predictions, outcomes, evaluations };
}
