import type { ErrorCode } from '../../kernel/errors.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type {
  LabelCorrectionRequested,
  LabelCorrectionUndoRequested,
  SampleLabelled,
} from '../../schemas/events.generated.ts';
import type { Label, SampleLabels } from '../../schemas/labels/labels.ts';
import { faultOfLabel } from '../../tasks/labels.ts';
import type { Task } from '../../tasks/task.ts';

/** The requests about labels of samples. */
export const LABEL_REQUESTS = [
  'SampleLabelled',
  'LabelCorrectionRequested',
  'LabelCorrectionUndoRequested',
] as const;

export type LabelRequest =
  | { type: 'SampleLabelled'; data: SampleLabelled }
  | { type: 'LabelCorrectionRequested'; data: LabelCorrectionRequested }
  | { type: 'LabelCorrectionUndoRequested'; data: LabelCorrectionUndoRequested };

/** What is known of the sample that a request is about. */
export interface Labelled {
  /** undefined for one that was not declared */
  readonly task: Task | undefined;
  /** that it was accepted with; undefined where it was not */
  readonly accepted: Label | undefined;
  /** whether it could be learnt from if it had a label */
  readonly lacksLabel: boolean;
  /** undefined where it was never corrected nor labelled */
  readonly labels: SampleLabels | undefined;
}

/** What follows from a request about the label of a sample: it is recorded, or refused with the reason. */
export function decideLabel(sample: Labelled, request: LabelRequest): NewEvent {
  const { task, recordId, requestedBy } = request.data;
  const fault = faultIn(sample, request);
  if (fault) return newEvent('LabelRefused', { task, recordId, ...fault, requestedBy });
  const original = originalOf(sample);
  switch (request.type) {
    case 'SampleLabelled': {
      const { target, explanation } = request.data;
      const replaces = voteOf(sample, requestedBy) !== undefined;
      const label = { target, explanation, replaces, original };
      return newEvent('LabelRecorded', { task, recordId, ...label, requestedBy });
    }
    case 'LabelCorrectionRequested':
      return newEvent('LabelCorrected', { ...request.data, original });
    case 'LabelCorrectionUndoRequested': {
      const { explanation } = request.data;
      const labels = { from: sample.labels!.corrected!, target: original! };
      return newEvent('LabelCorrectionUndone', { task, recordId, ...labels, explanation, requestedBy });
    }
  }
}

type Refusal = Readonly<{ code: ErrorCode; reason: string }>;

function faultIn(sample: Labelled, request: LabelRequest): Refusal | undefined {
  const { task, accepted, lacksLabel } = sample;
  const { task: name, recordId } = request.data;
  if (!task) return { code: 'TASK_UNKNOWN', reason: `there is no task '${name}'` };
  if (accepted === undefined && !lacksLabel) {
    const reason = `${name} has no sample ${recordId}: no such record came, or it repeats another, or it lacks more than a label`;
    return { code: 'NOT_FOUND', reason };
  }
  switch (request.type) {
    case 'SampleLabelled':
      return faultOfVote(sample, task, request.data);
    case 'LabelCorrectionRequested':
      return faultOfCorrection(sample, task, request.data);
    case 'LabelCorrectionUndoRequested':
      return sample.labels && sample.labels.corrected !== null
        ? undefined
        : { code: 'CONFLICT', reason: `no correction of the label of ${recordId} is in force` };
  }
}

function faultOfVote(
  sample: Labelled,
  task: Task,
  { recordId, target, expectedLabels, requestedBy }: SampleLabelled,
): Refusal | undefined {
  const fault = faultOfLabel(task, target);
  if (fault !== undefined) return { code: 'INPUT_INVALID', reason: fault };
  const own = voteOf(sample, requestedBy);
  if (own?.target === target)
    return { code: 'CONFLICT', reason: `${requestedBy} has labelled ${recordId} ${target} already` };
  const others = (sample.labels?.votes.length ?? 0) - (own ? 1 : 0);
  if (expectedLabels === null || expectedLabels === others) return undefined;
  const reason = `${others} others have labelled ${recordId}, not ${expectedLabels} as when it was shown: take the next one, or send it without expectedLabels`;
  return { code: 'CONFLICT', reason };
}

function faultOfCorrection(
  sample: Labelled,
  task: Task,
  { recordId, from, target }: LabelCorrectionRequested,
): Refusal | undefined {
  const fault = faultOfLabel(task, target);
  if (fault !== undefined) return { code: 'INPUT_INVALID', reason: fault };
  if (target === from)
    return { code: 'INPUT_INVALID', reason: `${target} is the label that ${recordId} has: give another` };
  const people = sample.labels?.votes.length ?? 0;
  if (people > 0 || sample.accepted === undefined)
    return {
      code: 'CONFLICT',
      reason:
        people > 0
          ? `people have labelled ${recordId}, and what they say counts: label it too instead`
          : `${recordId} has no label to be corrected: give it one`,
    };
  const now = sample.labels?.corrected ?? originalOf(sample);
  return now === from
    ? undefined
    : { code: 'CONFLICT', reason: `the label of ${recordId} is ${now} now, not ${from}` };
}

/** The label of its source; null where it has none. */
export const originalOf = ({ labels, lacksLabel, accepted }: Labelled): Label | null =>
  labels ? labels.original : lacksLabel ? null : (accepted ?? null);

const voteOf = ({ labels }: Labelled, annotator: string) =>
  labels?.votes.find((vote) => vote.annotator === annotator);
