import type { EventReader } from '../../schemas/catalogue.ts';

/** The steps that the log already holds: an interrupted lifecycle resumes after them. */
export interface Progress {
  collections: ReadonlyMap<string, Collected>;
  trainingRequested: boolean;
  predictions: ReadonlySet<string>;
  outcomes: ReadonlySet<string>;
  evaluations: ReadonlySet<string>;
}

/** A requested collection: the digest of its papers, and the day before which they were published. */
export interface Collected {
  source: string;
  to: string | null;
}

export async function readProgress(events: EventReader): Promise<Progress> {
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
