/**
 * Open vocabularies: string fields whose values may grow. An Avro enum cannot, as compatibility is full and transitive. The
 * `doc` of the field lists the same values. A reader must expect one that is not listed here.
 */

/** SampleRejected.reason */
export const REJECTION_REASONS = ['too_short', 'not_english', 'unknown_label'] as const;
export type RejectionReason = (typeof REJECTION_REASONS)[number];

/** SampleDeduplicated.matchedBy */
export const MATCHED_BY = ['id', 'title'] as const;
export type MatchedBy = (typeof MATCHED_BY)[number];

/** AlertRaised.cause */
export const ALERT_CAUSES = ['drift', 'quality', 'serving'] as const;
export type AlertCause = (typeof ALERT_CAUSES)[number];

/** TrainingPlanned.cause */
export const PLAN_CAUSES = ['requested', 'drift', 'quality', 'new_samples'] as const;
export type PlanCause = (typeof PLAN_CAUSES)[number];

/** TrainingPlanConcluded.outcome */
export const PLAN_OUTCOMES = ['promoted', 'refused', 'failed'] as const;
export type PlanOutcome = (typeof PLAN_OUTCOMES)[number];
