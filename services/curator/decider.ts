import { hash } from 'node:crypto';
import type { Keyed, Maps } from '../../kernel/ports/states.ts';
import { type Decider, type NewEvent, newEvent, type RecordedEvent } from '../../schemas/catalogue.ts';
import type { SampleAccepted, SampleDeduplicated, TaskDeclared } from '../../schemas/events.generated.ts';
import { type Tasks, taskNamed, withAllDeclared, withDeclared } from '../../tasks/registry.ts';
import type { Task } from '../../tasks/task.ts';
import { NearTexts } from './near-texts.ts';

type Sample = Omit<SampleAccepted, 'replaces'>;
type SampleContent = Pick<Sample, 'instance' | 'target' | 'otherLabels' | 'time' | 'group'>;

/** What recognises a record of one task. Keys of the large maps begin with the task: `task/id`, `task/match:key`. */
export interface State {
  tasks: Tasks;
  readonly declared: TaskDeclared[];
  /** the samples that may be learnt from */
  readonly accepted: Keyed<{ keys: readonly string[]; digest: string }>;
  /** their duplicate keys, and the records that have them */
  readonly keys: Keyed<string>;
  /** their texts, of tasks that look for near-duplicates */
  readonly near: NearTexts;
}

interface Saved {
  readonly declared: TaskDeclared[];
  readonly extents: NearTexts['extents'];
}

/**
 * Decides once for each record that comes, in this order: it is accepted as it is already; or it repeats another of its
 * task, in its key or nearly in its text; or it cannot be learnt from; or it is accepted, cleaned. An accepted record that comes with other content is
 * decided again, and that decision replaces the earlier one; so is a rejected or deduplicated one, for which the task, or
 * the record that it repeats, may be others now. Tasks know nothing of each other's records.
 */
export const curator = (shipped: Tasks): Decider<State, 'RecordIngested'> => ({
  initialState: (maps) => stateIn(maps, shipped, { declared: [], extents: new Map() }),
  snapshot: ({ declared, near: { extents } }): Saved => ({ declared, extents }),
  resume(saved, maps) {
    const { declared, extents } = saved as Saved;
    return stateIn(maps, withAllDeclared(shipped, declared), { declared, extents });
  },
  decide({ tasks, accepted, keys, near }, { data: record }) {
    const { recordId } = record;
    const task = taskNamed(tasks, record.task);
    const { sample, rejection } = sampleOf(record, task);
    const earlier = accepted.get(keyIn(task.name, recordId));
    const replaces = earlier !== undefined;
    const about = { task: task.name, recordId };
    if (sample && earlier?.digest === digestOf(sample)) {
      return [deduplicated({ ...about, duplicateOf: recordId, matchedBy: 'id', replaces: false })];
    }
    for (const { match: matchedBy, key } of sample ? task.duplicateKeys(sample) : []) {
      const duplicateOf = keys.get(keyIn(task.name, `${matchedBy}:${key}`));
      if (duplicateOf !== undefined && duplicateOf !== recordId) {
        return [deduplicated({ ...about, duplicateOf, matchedBy, replaces })];
      }
    }
    if (rejection) {
      const { code: reason, reason: detail } = rejection;
      return [newEvent('SampleRejected', { ...about, reason, detail, replaces })];
    }
    const twin = near.nearest(task, sample);
    if (twin) {
      const { id: duplicateOf, similarity, isEstimate } = twin;
      return [deduplicated({ ...about, duplicateOf, matchedBy: 'near', similarity, isEstimate, replaces })];
    }
    return [newEvent('SampleAccepted', { ...sample, replaces })];
  },
  evolve: (state, event) => evolve(state, event, shipped),
});

const stateIn = (maps: Maps, tasks: Tasks, { declared, extents }: Saved): State => ({
  tasks,
  declared,
  accepted: maps('accepted'),
  keys: maps('keys'),
  near: new NearTexts(maps, extents),
});

const keyIn = (task: string, key: string) => `${task}/${key}`;

type Read =
  | { sample: Sample; rejection?: undefined }
  | { sample?: undefined; rejection: { code: string; reason: string } };

/** The record as a sample. One that its task no longer reads, after another declaration, is rejected with that reason. */
function sampleOf({ fields }: RecordedEvent<'RecordIngested'>['data'], task: Task): Read {
  const { record, fault } = task.read(fields);
  if (!record) return { rejection: fault };
  const { sample, rejection } = task.prepare(record);
  if (!sample) return { rejection };
  const { id: recordId, time, group, instance, target, otherLabels, cleaning } = sample;
  return {
    sample: {
      task: task.name,
      recordId,
      taskVersion: task.version,
      instance,
      target,
      otherLabels,
      time,
      group,
      cleaning: [...cleaning],
    },
  };
}

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
      forget(state, name, recordId);
      state.accepted.set(keyIn(name, recordId), { keys, digest: digestOf(event.data) });
      for (const key of keys) state.keys.set(key, recordId);
      if (task) state.near.add(task, event.data);
      break;
    }
    case 'SampleRejected':
    case 'SampleDeduplicated':
      if (event.data.replaces) forget(state, event.data.task, event.data.recordId);
  }
  return state;
}

function forget({ accepted, keys, near }: State, task: string, recordId: string): void {
  const own = keyIn(task, recordId);
  for (const key of accepted.get(own)?.keys ?? []) if (keys.get(key) === recordId) keys.delete(key);
  accepted.delete(own);
  near.remove(task, recordId);
}
