import type { NewEvent } from '../../schemas/catalogue.ts';
import type { Events } from '../../schemas/events.generated.ts';

export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What people are told of an event. */
export interface Message {
  readonly severity: Severity;
  readonly title: string;
  readonly text: string;
  /** path of the console where to look */
  readonly path: string;
  readonly model: string | null;
}

const at = encodeURIComponent;
const pageOf = (page: string, model: string) => `/console/${page}?model=${at(model)}`;
const historyOf = (model: string) => pageOf('time', model);
const alertsOf = (model: string) => pageOf('drift', model);

/** The causes of alerts about which somebody must do something at once. */
const CRITICAL_CAUSES = new Set(['serving', 'guard']);

/** Events of before alerts had a severity say warning. */
const severityOf = (cause: string, severity: string): Severity =>
  CRITICAL_CAUSES.has(cause) || severity === 'critical' ? 'critical' : 'warning';

/** The events that people are told of. */
export const MESSAGES = {
  DeploymentCompleted: ({ model, version, environment, strategy, reason }) => ({
    severity: 'info',
    title: `${model} ${version} is deployed to ${environment}`,
    text: `${strategy}: ${reason}`,
    path: pageOf('rollouts', model),
    model,
  }),
  DeploymentRolledBack: ({ model, version, previous, environment, code, reason }) => ({
    severity: 'critical',
    title: `${model} ${version} is rolled back in ${environment}`,
    text: `${previous ?? 'nothing'} has the traffic (${code}): ${reason}`,
    path: pageOf('rollouts', model),
    model,
  }),
  ExperimentConcluded: ({ model, experimentId, verdict, version, reason }) => ({
    severity: 'info',
    title: `experiment ${experimentId} of ${model}: ${verdict}${version === null ? '' : ` ${version}`}`,
    text: reason,
    path: `/console/experiments/${at(experimentId)}`,
    model,
  }),
  AlertRaised: ({ model, version, cause, reason, severity }) => ({
    severity: severityOf(cause, severity),
    title: `alert: ${cause} of ${model} ${version}`,
    text: reason,
    path: alertsOf(model),
    model,
  }),
  AlertUnsilenced: ({ model, version, cause, reason, severity }) => ({
    severity: severityOf(cause, severity),
    title: `alert: ${cause} of ${model} ${version}, which outlasts its silence`,
    text: reason,
    path: alertsOf(model),
    model,
  }),
  AlertResolved: ({ model, alertId, reason }) => ({
    severity: 'info',
    title: `resolved: ${alertId}`,
    text: reason,
    path: alertsOf(model),
    model,
  }),
  TrainingPlanConcluded: ({ model, planId, outcome, version, reason }) => ({
    severity: outcome === 'failed' ? 'warning' : 'info',
    title: `training ${planId} of ${model}: ${outcome}${version === null ? '' : ` ${version}`}`,
    text: reason,
    path: pageOf('runs', model),
    model,
  }),
  ReportWritten: ({ model, reportId, kind, windows, drifted }) => ({
    severity: 'info',
    title: `report on the ${kind} of ${model}`,
    text: `${reportId}: ${windows} windows of predictions; in the newest ${drifted.join(', ') || 'nothing'} drifted`,
    path: `/console/drift?model=${at(model)}`,
    model,
  }),
  ReviewOpened: ({ model, version, reviewers, approvals, notes, requestedBy }) => ({
    severity: 'info',
    title: `${model} ${version} is to be reviewed`,
    text: `${requestedBy} asks ${reviewers.join(', ') || 'everybody'} for ${approvals === 1 ? '1 approval' : `${approvals} approvals`}. ${notes}`.trim(),
    path: historyOf(model),
    model,
  }),
  ReviewOverdue: ({ model, version, missing }) => ({
    severity: 'warning',
    title: `the review of ${model} ${version} is overdue`,
    text: missing,
    path: historyOf(model),
    model,
  }),
} satisfies { readonly [T in keyof Events]?: (data: Events[T]) => Message };

export type Notified = keyof typeof MESSAGES;
export const NOTIFIED = Object.keys(MESSAGES) as readonly Notified[];

/** The name of what people are told when a service cannot process an event: that is no event itself. */
export const DEAD_LETTERS = 'DeadLetters';
/** What a channel can be told of. */
export const TOLD: readonly string[] = [...NOTIFIED, DEAD_LETTERS];

/** What people are told of an event. */
export const messageOf = <T extends Notified>({ type, data }: NewEvent<T>): Message =>
  (MESSAGES[type] as (data: Events[T]) => Message)(data);
