import type {
  RecordIngested,
  SampleAccepted,
  SampleRejectedUnlabelled,
} from '../../schemas/events.generated.ts';
import { firstLabelOf, type Label, type SampleLabels } from '../../schemas/labels/labels.ts';
import { anyLabelOf } from '../../tasks/labels.ts';
import type { Revision } from '../../tasks/revision.ts';
import type { Sample as Prepared, Task, TaskRecord } from '../../tasks/task.ts';
import { NO_REVISION } from './revisions.ts';

/** A sample as its event has it, whether or not it replaces another. */
export type Sample = Omit<SampleAccepted, 'replaces'>;

interface Rejected {
  readonly revision?: Revision | undefined;
  readonly sample?: undefined;
  readonly rejection: { readonly code: string; readonly reason: string };
  readonly unlabelled?: SampleRejectedUnlabelled;
  readonly original?: undefined;
}

interface Learnable {
  readonly revision?: Revision | undefined;
  readonly sample: Sample;
  readonly rejection?: undefined;
  readonly unlabelled?: undefined;
  /** label of its source; null where people alone have labelled it */
  readonly original: Label | null;
}

/** The record as a sample. One that its task no longer reads, after another declaration, is rejected with that reason. */
export function sampleOf(
  { fields }: RecordIngested,
  task: Task,
  labels: SampleLabels | undefined,
): Learnable | Rejected {
  const { record, fault } = task.read(fields);
  if (!record) return { rejection: fault };
  const { revision } = record;
  const { sample, rejection } = task.prepare(record);
  if (sample) return { sample: asSample(sample, task), original: sample.target, revision };
  const read = rejection.code === 'no_target' ? withoutLabel(record, task, labels, rejection) : { rejection };
  return { ...read, revision };
}

/** A record without a label has the one that people gave it, or lacks one. */
function withoutLabel(
  record: TaskRecord,
  task: Task,
  labels: SampleLabels | undefined,
  rejection: Rejected['rejection'],
): Learnable | Rejected {
  const given = labels && firstLabelOf(labels);
  const { sample, rejection: further } = task.prepare({ ...record, target: given ?? anyLabelOf(task) });
  if (!sample) return { rejection: further }; // a label alone would not help
  const labelled = asSample(sample, task);
  if (given !== undefined) return { sample: { ...labelled, otherLabels: [] }, original: null };
  const { taskVersion, instance, time, group, cleaning } = labelled;
  return { rejection, unlabelled: { taskVersion, instance, time, group, cleaning } };
}

function asSample(prepared: Prepared, task: Task): Sample {
  const { id: recordId, time, group, instance, target, otherLabels, cleaning } = prepared;
  return {
    task: task.name,
    recordId,
    taskVersion: task.version,
    instance,
    target,
    otherLabels: [...otherLabels],
    time,
    group,
    cleaning: [...cleaning],
    ...(prepared.revision ?? NO_REVISION),
  };
}
