import { hash } from 'node:crypto';
import type { Keyed, Maps } from '../../kernel/ports/states.ts';
import { type Decider, type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type {
  RecordIngested,
  SampleDeduplicated,
  SampleRejectedUnlabelled,
  TaskDeclared,
} from '../../schemas/events.generated.ts';
import { type Label, type SampleLabels, withLabelFact } from '../../schemas/labels/labels.ts';
import { type Tasks, taskNamed, withAllDeclared, withDeclared } from '../../tasks/registry.ts';
import type { Revision } from '../../tasks/revision.ts';
import type { Task } from '../../tasks/task.ts';
import { decideLabel, type LABEL_REQUESTS, type LabelRequest } from './labels.ts';
import { NearTexts } from './near-texts.ts';
import { type Sample, sampleOf } from './read.ts';
import { keepRevision, NO_REVISION, supersededBy } from './revisions.ts';

type SampleContent = Pick<Sample, 'instance' | 'target' | 'otherLabels' | 'time' | 'group'>;

/** What recognises a record of one task. Keys of the large maps begin with the task: `task/id`, `task/match:key`. */
export interface State {
  tasks: Tasks;
  readonly declared: TaskDeclared[];
  /** the samples that may be learnt from */
  readonly accepted: Keyed<{ keys: readonly string[]; digest: string; target: Label }>;
  /** the newest of each record whose source says which it is, whatever was decided of it */
  readonly revisions: Keyed<Revision>;
  /** their duplicate keys, and the records that have them */
  readonly keys: Keyed<string>;
  /** their texts, of tasks that look for near-duplicates */
  readonly near: NearTexts;
  /** records that lack nothing but a label: what they are samples of */
  readonly unlabelled: Keyed<SampleRejectedUnlabelled>;
  /** of samples that were corrected, or that people have labelled */
  readonly labels: Keyed<SampleLabels>;
  /** tasks that have such records, and such samples: in the maps of the others nothing is looked up */
  readonly lacking: Set<string>;
  readonly labelled: Set<string>;
}

interface Saved extends Pick<State, 'declared' | 'lacking' | 'labelled'> {
  readonly extents: NearTexts['extents'];
}

type Input = 'RecordIngested' | (typeof LABEL_REQUESTS)[number];

/**
 * Decides once for each record that comes, in this order: it is accepted as it is already; or it repeats another of its
 * task, in its key or nearly in its text; or it cannot be learnt from; or it is accepted, cleaned. An accepted record that comes with other content is
 * decided again, and that decision replaces the earlier one; so is a rejected or deduplicated one, for which the task, or
 * the record that it repeats, may be others now. An older revision of a record changes nothing. Tasks know nothing of each other's records.
 *
 * Labels of people and corrections are recorded beside that decision. A record that lacked nothing but a label is decided on
 * when it has one.
 */
export const curator = (shipped: Tasks): Decider<State, Input> => ({
  initialState: (maps) => stateIn(maps, shipped, NOTHING_SAVED()),
  snapshot: ({ declared, lacking, labelled, near: { extents } }): Saved => ({
    declared,
    lacking,
    labelled,
    extents,
  }),
  resume(saved, maps) {
    const found = saved as Saved;
    return stateIn(maps, withAllDeclared(shipped, found.declared), found);
  },
  decide: (state, event) =>
    event.type === 'RecordIngested' ? decideRecord(state, event.data) : onLabel(state, event),
  evolve: (state, event) => evolve(state, event, shipped),
});

const NOTHING_SAVED = (): Saved => ({
  declared: [],
  lacking: new Set(),
  labelled: new Set(),
  extents: new Map(),
});

const stateIn = (maps: Maps, tasks: Tasks, { declared, lacking, labelled, extents }: Saved): State => ({
  tasks,
  declared,
  accepted: maps('accepted'),
  revisions: maps('revisions'),
  keys: maps('keys'),
  near: new NearTexts(maps, extents),
  unlabelled: maps('unlabelled'),
  labels: maps('labels'),
  lacking,
  labelled,
});

function decideRecord(state: State, record: RecordIngested): NewEvent[] {
  const { recordId } = record;
  const task = taskNamed(state.tasks, record.task);
  const own = keyIn(task.name, recordId);
  const labels = state.labelled.has(task.name) ? state.labels.get(own) : undefined;
  const { sample, rejection, unlabelled = null, original = null, revision } = sampleOf(record, task, labels);
  const earlier = state.accepted.get(own);
  const replaces = earlier !== undefined;
  const about = { task: task.name, recordId, ...(revision ?? NO_REVISION) };
  const older = revision && supersededBy(state.revisions.get(own), revision);
  if (older !== undefined) {
    const why = { reason: 'superseded', detail: older, replaces: false, unlabelled: null };
    return [newEvent('SampleRejected', { ...about, ...why })];
  }
  if (rejection) {
    const { code: reason, reason: detail } = rejection;
    return [newEvent('SampleRejected', { ...about, reason, detail, replaces, unlabelled })];
  }
  const isSame = earlier?.digest === digestOf(sample);
  const decision = isSame
    ? deduplicated({ ...about, duplicateOf: recordId, matchedBy: 'id', replaces: false })
    : admit(state, task, sample, replaces);
  const isLearnt = isSame || decision.type === 'SampleAccepted';
  if (!labels || !isLearnt || labels.original === original) return [decision];
  return [decision, newEvent('LabelSourceChanged', { task: task.name, recordId, original })];
}

/** A sample is accepted, unless it repeats another of its task. */
function admit({ keys, near }: State, task: Task, sample: Sample, replaces: boolean): NewEvent {
  const { recordId, revision, revisedAt } = sample;
  const about = { task: task.name, recordId, revision, revisedAt };
  for (const { match: matchedBy, key } of task.duplicateKeys(sample)) {
    const duplicateOf = keys.get(keyIn(task.name, `${matchedBy}:${key}`));
    if (duplicateOf !== undefined && duplicateOf !== recordId)
      return deduplicated({ ...about, duplicateOf, matchedBy, replaces });
  }
  const twin = near.nearest(task, sample);
  if (!twin) return newEvent('SampleAccepted', { ...sample, replaces });
  const { id: duplicateOf, similarity, isEstimate } = twin;
  return deduplicated({ ...about, duplicateOf, matchedBy: 'near', similarity, isEstimate, replaces });
}

function onLabel(state: State, request: LabelRequest): NewEvent[] {
  const { task: name, recordId } = request.data;
  const own = keyIn(name, recordId);
  const task = state.tasks.get(name);
  const accepted = state.accepted.get(own);
  const lacking = state.unlabelled.get(own);
  const decided = decideLabel(
    {
      task,
      accepted: accepted?.target,
      lacksLabel: lacking !== undefined,
      labels: state.labels.get(own),
    },
    request,
  );
  if (decided.type !== 'LabelRecorded' || accepted || !lacking || !task) return [decided];
  const { target } = decided.data;
  const revision = state.revisions.get(own) ?? NO_REVISION;
  const sample = { task: name, recordId, ...lacking, ...revision, target, otherLabels: [] };
  return [decided, admit(state, task, sample, false)];
}

const keyIn = (task: string, key: string) => `${task}/${key}`;

const deduplicated = (match: SampleMatch) =>
  newEvent('SampleDeduplicated', { similarity: 1, isEstimate: false, ...match });

type SampleMatch = Omit<SampleDeduplicated, 'similarity' | 'isEstimate'> &
  Partial<Pick<SampleDeduplicated, 'similarity' | 'isEstimate'>>;

/** Distinguishes a corrected sample from the same one that comes again. */
function digestOf({ instance, target, otherLabels, time, group }: SampleContent): string {
  const content = JSON.stringify([Object.entries(instance).sort(), target, otherLabels, time, group]);
  return hash('sha256', content, 'base64');
}

function evolve(state: State, event: NewEvent, shipped: Tasks): State {
  switch (event.type) {
    case 'TaskDeclared':
      state.tasks = withDeclared(state.tasks, shipped, event.data);
      state.declared.push(event.data);
      break;
    case 'SampleAccepted': {
      const { task: name, recordId } = event.data;
      const task = state.tasks.get(name);
      const keys = (task?.duplicateKeys(event.data) ?? []).map(({ match, key }) =>
        keyIn(name, `${match}:${key}`),
      );
      if (event.data.replaces) forget(state, name, recordId); // else there is none: no need to read the disk
      state.accepted.set(keyIn(name, recordId), {
        keys,
        digest: digestOf(event.data),
        target: event.data.target,
      });
      for (const key of keys) state.keys.set(key, recordId);
      if (task) state.near.add(task, event.data);
      if (!isLabelledByPeople(state, name, recordId)) lackNothing(state, name, recordId);
      keepRevision(state.revisions, keyIn(name, recordId), event.data);
      break;
    }
    case 'SampleRejected': {
      const { task, recordId, unlabelled, reason } = event.data;
      if (reason === 'superseded') break;
      keepRevision(state.revisions, keyIn(task, recordId), event.data);
      if (event.data.replaces) forget(state, task, recordId);
      if (unlabelled) {
        state.lacking.add(task);
        state.unlabelled.set(keyIn(task, recordId), unlabelled);
      } else lackNothing(state, task, recordId);
      break;
    }
    case 'SampleDeduplicated':
      if (event.data.replaces) forget(state, event.data.task, event.data.recordId);
      keepRevision(state.revisions, keyIn(event.data.task, event.data.recordId), event.data);
      break;
    case 'LabelRecorded':
    case 'LabelCorrected':
    case 'LabelCorrectionUndone':
    case 'LabelSourceChanged': {
      const { task, recordId } = event.data;
      const own = keyIn(task, recordId);
      state.labelled.add(task);
      state.labels.set(own, withLabelFact(state.labels.get(own), event));
      if (event.type === 'LabelSourceChanged' && event.data.original !== null)
        lackNothing(state, task, recordId);
    }
  }
  return state;
}

const isLabelledByPeople = ({ labelled, labels }: State, task: string, recordId: string): boolean =>
  labelled.has(task) && (labels.get(keyIn(task, recordId))?.votes.length ?? 0) > 0;

/** It has a label of its source now, or lacks more than a label. */
function lackNothing({ lacking, unlabelled }: State, task: string, recordId: string): void {
  if (lacking.has(task)) unlabelled.delete(keyIn(task, recordId));
}

function forget({ accepted, keys, near }: State, task: string, recordId: string): void {
  const own = keyIn(task, recordId);
  for (const key of accepted.get(own)?.keys ?? []) if (keys.get(key) === recordId) keys.delete(key);
  accepted.delete(own);
  near.remove(task, recordId);
}
