import type { RecordedEvent } from '../../schemas/catalogue.ts';
import type { ScheduleDeclared } from '../../schemas/events.generated.ts';
import { type Decision, decisionOf, laterOf, PRODUCTION_FACTS } from '../../schemas/models/production.ts';
import { nextDue } from '../../schemas/schedules/cron.ts';

/** A schedule that is in force. */
export interface Scheduled {
  readonly declared: ScheduleDeclared;
  /** milliseconds since the epoch; undefined when it never comes due again */
  readonly nextDue: number | undefined;
}

export interface Schedules {
  readonly inForce: ReadonlyMap<string, Scheduled>;
  /** the last revision of each, those that have ended included */
  readonly revisions: ReadonlyMap<string, number>;
  /** by task, when its last dataset was sealed for a training, milliseconds since the epoch */
  readonly sealed: ReadonlyMap<string, number>;
  /** by model, the last decision about production */
  readonly decisions: ReadonlyMap<string, Decision>;
}

/** The facts from which the state follows. */
export const CHANGES = [
  'ScheduleDeclared',
  'ScheduleRemoved',
  'ScheduleDue',
  'DatasetSealed',
  ...PRODUCTION_FACTS,
] as const;

export const initialState = (): Schedules => ({
  inForce: new Map(),
  revisions: new Map(),
  sealed: new Map(),
  decisions: new Map(),
});

export function evolve(state: Schedules, event: RecordedEvent): Schedules {
  if (event.type === 'DatasetSealed') {
    const { task, folds } = event.data;
    return folds > 0 ? state : { ...state, sealed: new Map(state.sealed).set(task, event.time) };
  }
  const inForce = new Map(state.inForce);
  switch (event.type) {
    case 'ScheduleDeclared': {
      const { data: declared, time } = event;
      inForce.set(declared.schedule, { declared, nextDue: nextDue(declared, time) });
      return {
        ...state,
        inForce,
        revisions: new Map(state.revisions).set(declared.schedule, declared.revision),
      };
    }
    case 'ScheduleRemoved':
      inForce.delete(event.data.schedule);
      return { ...state, inForce };
    case 'ScheduleDue': {
      const { schedule, revision, dueAt } = event.data;
      const scheduled = inForce.get(schedule);
      if (scheduled?.declared.revision !== revision) return state;
      const { declared } = scheduled;
      const after = declared.misfire === 'all' ? dueAt : Math.max(dueAt, event.time);
      inForce.set(schedule, { declared, nextDue: nextDue(declared, after) });
      return { ...state, inForce };
    }
    case 'VersionPromoted':
    case 'VersionRolledBack':
    case 'ModelRetired': {
      const { model } = event.data;
      const last = laterOf(state.decisions.get(model), decisionOf(event));
      return { ...state, decisions: new Map(state.decisions).set(model, last) };
    }
    default:
      return state;
  }
}
