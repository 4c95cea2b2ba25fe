import { type Happened, type NewEvent, newEvent } from '../../kernel/event.ts';
import type { DatasetSealed, RetrainingConcluded } from '../../schemas/events.generated.ts';
import { type State, trainingsOf } from './state.ts';

export const ENDS = [
  'DatasetRefused',
  'TrainingFailed',
  'EvaluationFailed',
  'PromotionRefused',
  'VersionPromoted',
] as const;

/** The dataset of a training is there: the run may begin. */
export function onDatasetSealed(state: State, { model, datasetId }: DatasetSealed): NewEvent[] {
  const { running, dataset } = trainingsOf(state, model);
  if (running?.datasetId !== datasetId || dataset === datasetId) return [];
  const { runId, engine, seed, params } = running;
  return [newEvent('TrainingRequested', { runId, model, datasetId, engine, seed, params })];
}

/** What ends a training, well or badly, concludes it. */
export function conclude(state: State, event: Happened<(typeof ENDS)[number]>): NewEvent[] {
  const { model, reason } = event.data;
  const { running } = trainingsOf(state, model);
  const concerned =
    event.type === 'DatasetRefused'
      ? event.data.datasetId === running?.datasetId
      : event.data.runId === running?.runId;
  if (!running || !concerned) return [];
  const { retrainingId } = running;
  return [newEvent('RetrainingConcluded', { model, retrainingId, ...endedBy(event), reason })];
}

function endedBy(event: Happened<(typeof ENDS)[number]>): Pick<RetrainingConcluded, 'outcome' | 'version'> {
  switch (event.type) {
    case 'VersionPromoted':
      return { outcome: 'promoted', version: event.data.version };
    case 'PromotionRefused':
      return { outcome: 'refused', version: event.data.version };
    default:
      return { outcome: 'failed', version: null };
  }
}
