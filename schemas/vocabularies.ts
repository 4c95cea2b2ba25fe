/**
 * Open vocabularies: string fields whose values may grow. An Avro enum cannot, as compatibility is full and transitive. The
 * `doc` of the field lists the same values. A reader must expect one that is not listed here.
 */

/** SampleRejected.reason; a task with code may have others */
export const REJECTION_REASONS = [
  'too_short',
  'empty_text',
  'other_language',
  'unknown_label',
  'withdrawn',
  'no_target',
  'target_out_of_range',
  'superseded',
] as const;

/** SampleDeduplicated.matchedBy; a task may match by other fields */
export const MATCHED_BY = ['id', 'title', 'near'] as const;

/** AlertRaised.cause */
export const ALERT_CAUSES = ['drift', 'quality', 'labelDrift', 'serving', 'guard'] as const;

/** TrainingPlanned.cause */
export const PLAN_CAUSES = ['requested', 'drift', 'quality', 'calibration', 'new_samples', 'age'] as const;
export type PlanCause = (typeof PLAN_CAUSES)[number];

/** TrainingPlanConcluded.outcome */
export const PLAN_OUTCOMES = ['promoted', 'refused', 'registered', 'failed', 'cancelled'] as const;
export type PlanOutcome = (typeof PLAN_OUTCOMES)[number];

/** SearchCompleted.outcome */
export const SEARCH_OUTCOMES = ['trials', 'exhausted', 'time_limit', 'stopped', 'failures'] as const;
export type SearchOutcome = (typeof SEARCH_OUTCOMES)[number];
