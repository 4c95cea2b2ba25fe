import { z } from 'zod';
import type { EventType } from '../../schemas/catalogue.ts';
import type { PlanOutcome } from '../../schemas/vocabularies.ts';

/** What has become of a request. */
export type RequestState = 'pending' | 'done' | 'refused' | 'failed';

type Answered = Exclude<RequestState, 'pending'>;

/** The events that answer a request, by its type: of its aggregate, and caused by it. Other requests need no answer. */
const ANSWERS: Partial<Record<EventType, Partial<Record<EventType, Answered>>>> = {
  CollectionRequested: { CollectionCompleted: 'done', CollectionFailed: 'failed' },
  RemoteCollectionRequested: { CollectionCompleted: 'done', CollectionFailed: 'failed' },
  DatasetRequested: { DatasetSealed: 'done', DatasetReused: 'done', DatasetRefused: 'refused' },
  EvaluationRequested: { EvaluationCompleted: 'done', EvaluationFailed: 'failed' },
  TrainingPlanRequested: { TrainingPlanConcluded: 'done', TrainingPlanRefused: 'refused' },
  TrainingRequested: { TrainingCompleted: 'done', TrainingFailed: 'failed', RunCancelled: 'failed' },
  SearchRequested: { SearchCompleted: 'done', SearchRefused: 'refused' },
  SearchStopRequested: { SearchCompleted: 'done', SearchRefused: 'refused' },
  AdoptionRequested: { ParametersAdopted: 'done', AdoptionRefused: 'refused' },
  RunReported: { TrainingCompleted: 'done', TrainingFailed: 'done', RunRefused: 'refused' },
  RunCancelRequested: { RunCancelled: 'done', RunCancelRefused: 'refused' },
  ReviewRequested: { ReviewOpened: 'done', ReviewRefused: 'refused' },
  ReviewGiven: { ReviewRecorded: 'done', ReviewRefused: 'refused' },
  LabelQueueRequested: { LabelQueueRanked: 'done', LabelQueueRefused: 'refused' },
  SampleLabelled: { LabelRecorded: 'done', LabelRefused: 'refused' },
  LabelCorrectionRequested: { LabelCorrected: 'done', LabelRefused: 'refused' },
  LabelCorrectionUndoRequested: { LabelCorrectionUndone: 'done', LabelRefused: 'refused' },
  AliasesRequested: { AliasesChanged: 'done', AliasesRefused: 'refused' },
  CrossValidationRequested: {
    CrossValidationCompleted: 'done',
    CrossValidationRefused: 'refused',
    CrossValidationFailed: 'failed',
  },
  ContributionRequested: { ContributionAccepted: 'done', ContributionRefused: 'refused' },
  GatesRequested: { GatesEvaluated: 'done', GatesRefused: 'refused' },
  PromotionRequested: { VersionPromoted: 'done', PromotionRefused: 'refused' },
  RollbackRequested: {
    VersionRolledBack: 'done',
    RollbackEndedDeployment: 'done',
    PromotionRefused: 'refused',
  },
  DeploymentRequested: {
    DeploymentCompleted: 'done',
    DeploymentRefused: 'refused',
    DeploymentRolledBack: 'failed',
  },
  DeploymentAbortRequested: { DeploymentRolledBack: 'done', DeploymentRefused: 'refused' },
  ExperimentRequested: { ExperimentStarted: 'done', ExperimentRefused: 'refused' },
  ExperimentStopRequested: { ExperimentStopped: 'done', ExperimentRefused: 'refused' },
  ExperimentConcludeRequested: { ExperimentConcluded: 'done', ExperimentRefused: 'refused' },
  ExperimentPromoteRequested: { ExperimentPromoted: 'done', ExperimentRefused: 'refused' },
  ScheduleRequested: { ScheduleDeclared: 'done', ScheduleRefused: 'refused' },
  ScheduleRemovalRequested: { ScheduleRemoved: 'done', ScheduleRefused: 'refused' },
  NotificationTestRequested: { NotificationSent: 'done', NotificationFailed: 'failed' },
  AlertSilenceRequested: { AlertSilenced: 'done', AlertSilenceRefused: 'refused' },
  DriftCheckRequested: { DriftMeasured: 'done', DriftCheckRefused: 'refused' },
  TokenRequested: { TokenCreated: 'done', TokenRefused: 'refused' },
  TokenRevocationRequested: { TokenRevoked: 'done', TokenRefused: 'refused' },
  ReportRequested: { ReportWritten: 'done', ReportRefused: 'refused' },
  RetirementRequested: { ModelRetired: 'done', RetirementRefused: 'refused' },
};

const PLAN_STATES: Record<PlanOutcome, Answered> = {
  promoted: 'done',
  registered: 'done',
  refused: 'refused',
  failed: 'failed',
  cancelled: 'failed',
};

/** An event, as far as it tells what a request came to. */
interface Told {
  readonly type: string;
  readonly id: string;
  readonly subject: string;
  readonly correlationId: string;
  readonly data: object;
}

/** All types of events that answer requests. */
export const ANSWER_TYPES: ReadonlySet<string> = new Set(Object.values(ANSWERS).flatMap(Object.keys));

/** The types of events that may answer a request of a type; none where none has to. */
export const answersTo = (type: EventType): readonly EventType[] =>
  Object.keys(ANSWERS[type] ?? {}) as EventType[];

/**
 * Whether an event answers a request. A run that is cancelled says for which request: it follows from that of the run. So
 * does a deployment that ends: what it ends by may be a comparison hours later.
 */
export function isAnswer(request: Told & { readonly type: EventType }, event: Told): boolean {
  if (event.subject !== request.subject || !answersTo(request.type).some((type) => type === event.type))
    return false;
  if (event.type === 'RunCancelled' && request.type === 'RunCancelRequested')
    return Reflect.get(event.data, 'requestId') === request.id;
  if (request.type === 'SearchRequested' && event.type === 'SearchCompleted') return true; // also when it was stopped
  if (request.type === 'DeploymentRequested')
    return Reflect.get(event.data, 'deploymentId') === Reflect.get(request.data, 'deploymentId');
  return event.correlationId === request.correlationId;
}

/** What an answer says beside its kind, where it does. */
const saying = z.object({
  code: z.string().nullable().catch(null),
  reason: z.string().nullable().catch(null),
  outcome: z.string().nullable().catch(null),
});

/** What a request has come to: the error code and the reason are those of its answer. */
export interface Outcome {
  state: RequestState;
  code: string | null;
  reason: string | null;
}

/** The outcome of a request of a type, by the event that answers it. */
export function outcomeOf(type: EventType, answer: Told | undefined): Outcome {
  if (answersTo(type).length === 0) return { state: 'done', code: null, reason: null };
  if (!answer) return { state: 'pending', code: null, reason: null };
  const { code, reason, outcome } = saying.parse(answer.data);
  const states: Partial<Record<string, Answered>> =
    answer.type === 'TrainingPlanConcluded' ? PLAN_STATES : {};
  const state = states[outcome ?? ''] ?? ANSWERS[type]?.[answer.type as EventType] ?? 'done';
  return { state, code, reason };
}
