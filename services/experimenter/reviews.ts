import { withinLimits } from '../../kernel/texts.ts';
import { type NewEvent, newEvent, type Timer } from '../../schemas/catalogue.ts';
import type {
  ExperimentAnalysed,
  ExperimentReviewDue,
  MeasurementCompleted,
  MeasurementFailed,
} from '../../schemas/events.generated.ts';
import { inProduction } from '../../schemas/models/production.ts';
import { type ArmRow, analysisOf, isAdjusted } from './analysis.ts';
import { EXPERIMENTER, promotion } from './requests.ts';
import {
  type Experiment,
  type Experimenting,
  measurementIdOf,
  modelOf,
  type Review,
  waitingFor,
} from './state.ts';

/** Asks for the numbers of an experiment. */
export function onReviewDue({ experiments }: Experimenting, due: ExperimentReviewDue): NewEvent[] {
  const { experimentId, review, model } = due;
  const running = experiments.get(experimentId);
  if (running?.state !== 'running') return [];
  const { started, since } = running;
  return [
    newEvent('MeasurementRequested', {
      measurementId: measurementIdOf(experimentId, review),
      model,
      query: 'experiments/arms',
      streams: ['predictions', 'outcomes'],
      parameters: {
        ...{ experimentId, model, since: String(since), adjusts: isAdjusted(started) ? '1' : '0' },
        own: JSON.stringify(started.ownMetrics),
      },
      requestedBy: EXPERIMENTER,
    }),
  ];
}

/** Analyses an experiment by its numbers. It ends when there is a verdict, on its last day, or when someone asked for it. */
export function onMeasured(state: Experimenting, measured: MeasurementCompleted): NewEvent[] {
  const running = waitingFor(state, measured.measurementId);
  if (!running?.review) return [];
  const { started, review } = running;
  const { experimentId, model, promotes } = started;
  const { policyVersion } = started;
  const rows: ArmRow[] = JSON.parse(measured.rows);
  const about = { experimentId, model, review: review.number, policyVersion };
  const { measurementId } = measured;
  const analysed = { ...about, measurementId, ...analysisOf(started, rows) };
  const analysis = newEvent('ExperimentAnalysed', analysed);
  const { verdict, winner } = analysed;
  const ending = endingOf(analysed, review);
  if (!ending) return [analysis];
  const version = started.arms.find(({ name }) => name === winner)?.version ?? null;
  const concluded = newEvent('ExperimentConcluded', { ...about, verdict, winner, version, ...ending });
  const isNew = version !== null && inProduction(modelOf(state, model).decisions)?.version !== version;
  return winner !== null && promotes && isNew
    ? [analysis, concluded, ...promotion(state, running, winner, ending.reason, EXPERIMENTER)]
    : [analysis, concluded];
}

/** Why an experiment ends with an analysis, and who says so; undefined when it goes on. */
function endingOf(
  { verdict, reasons }: Pick<ExperimentAnalysed, 'verdict' | 'reasons'>,
  { concludes }: Review,
): { reason: string; requestedBy: string } | undefined {
  const why = reasons.map(({ message }) => message).join('; ');
  if (!concludes)
    return verdict === 'INCONCLUSIVE' ? undefined : { reason: withinLimits(why), requestedBy: EXPERIMENTER };
  const asked = concludes.reason ?? 'its longest duration is over';
  return { reason: withinLimits(`${asked}: ${why}`), requestedBy: concludes.requestedBy ?? EXPERIMENTER };
}

/** A last analysis that someone asked for and that has no numbers is refused: the experiment goes on. */
export function onFailed(
  state: Experimenting,
  { measurementId, code, reason }: MeasurementFailed,
): NewEvent[] {
  const { started, review } = waitingFor(state, measurementId) ?? {};
  const requestedBy = review?.concludes?.requestedBy;
  if (!started || typeof requestedBy !== 'string') return [];
  const { experimentId, model, policyVersion } = started;
  return [newEvent('ExperimentRefused', { experimentId, model, code, reason, requestedBy, policyVersion })];
}

/** The next analysis of each running experiment, the last one when its longest duration is over. */
export const reviewTimers = ({ experiments }: Experimenting): Timer[] =>
  [...experiments.values()].flatMap((experiment) =>
    experiment.state === 'running' && !experiment.review ? [timerOf(experiment)] : [],
  );

function timerOf({ started, since, reviews, reviewedAt }: Experiment): Timer {
  const { experimentId, model, analyseEvery, maximumDuration } = started;
  const end = since + maximumDuration;
  const next = reviewedAt + analyseEvery;
  const dueAt = reviewedAt < end ? Math.min(next, end) : next;
  const event = newEvent('ExperimentReviewDue', {
    experimentId,
    model,
    review: reviews + 1,
    concludes: dueAt >= end,
    reason: null,
    requestedBy: null,
    dueAt,
  });
  return { id: experimentId, dueAt, event };
}
