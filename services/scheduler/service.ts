import { EpochlogError } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import {
  type Decider,
  deciderService,
  type NewEvent,
  newEvent,
  type Timer,
} from '../../schemas/catalogue.ts';
import type {
  ScheduleDue,
  ScheduleRemovalRequested,
  ScheduleRequested,
} from '../../schemas/events.generated.ts';
import { assertDue, MISFIRES, nextDues } from '../../schemas/schedules/cron.ts';
import { askedAt, faultOfAction } from './actions.ts';
import { CHANGES, evolve, initialState, type Schedules } from './state.ts';

const INPUTS = ['ScheduleRequested', 'ScheduleRemovalRequested', 'ScheduleDue'] as const;

/** A due time that is noticed later than that has been missed: nothing ran. */
const TOLERANCE_MS = 60_000;
const MAX_COUNTED = 1_000;

export const scheduler: Decider<Schedules, (typeof INPUTS)[number]> = {
  initialState,
  decide(state, event) {
    switch (event.type) {
      case 'ScheduleRequested':
        return declare(state, event.data, event.time);
      case 'ScheduleRemovalRequested':
        return remove(state, event.data);
      case 'ScheduleDue':
        return onDue(state, event.data, event.time);
    }
  },
  evolve,
  timers: ({ inForce }) => [...inForce.values()].flatMap(timerOf),
};

const timerOf = ({ declared: { schedule, revision }, nextDue: dueAt }: ScheduledTimer): Timer[] =>
  dueAt === undefined
    ? []
    : [
        {
          id: `${schedule}/${revision}`,
          dueAt,
          event: newEvent('ScheduleDue', { schedule, revision, dueAt }),
        },
      ];

type ScheduledTimer = Schedules['inForce'] extends ReadonlyMap<string, infer S> ? S : never;

function declare({ revisions }: Schedules, asked: ScheduleRequested, now: number): NewEvent[] {
  const { schedule, requestedBy } = asked;
  const fault = faultOf(asked, now);
  if (fault !== undefined)
    return [newEvent('ScheduleRefused', { schedule, code: 'INPUT_INVALID', reason: fault, requestedBy })];
  const revision = (revisions.get(schedule) ?? 0) + 1;
  return [newEvent('ScheduleDeclared', { ...asked, revision })];
}

function faultOf(asked: ScheduleRequested, now: number): string | undefined {
  if (!(MISFIRES as readonly string[]).includes(asked.misfire))
    return `there is no policy '${asked.misfire}' for misfires: name one of ${MISFIRES.join(', ')}`;
  try {
    assertDue(asked, now);
  } catch (error) {
    if (!(error instanceof EpochlogError)) throw error;
    return error.message;
  }
  return faultOfAction(asked);
}

function remove({ inForce }: Schedules, asked: ScheduleRemovalRequested): NewEvent[] {
  const { schedule, requestedBy } = asked;
  if (inForce.has(schedule)) return [newEvent('ScheduleRemoved', asked)];
  const reason = `there is no schedule ${schedule}; ${suggestion(schedule, [...inForce.keys()])}`;
  return [newEvent('ScheduleRefused', { schedule, code: 'NOT_FOUND', reason, requestedBy })];
}

/** What a schedule asks for, unless it comes late and its policy is to skip; and that it was late. */
function onDue(
  { inForce, sealed, decisions }: Schedules,
  { schedule, revision, dueAt }: ScheduleDue,
  now: number,
): NewEvent[] {
  const declared = inForce.get(schedule)?.declared;
  if (declared?.revision !== revision) return []; // changed or removed since
  const lateMs = now - dueAt;
  const known = {
    sealedAt: sealed.get(declared.task ?? ''),
    production: decisions.get(declared.model ?? '')?.production ?? undefined,
  };
  const asked = () => askedAt(declared, dueAt, known);
  if (lateMs <= TOLERANCE_MS) return asked();
  const { misfire } = declared;
  const missed =
    misfire === 'all' ? 0 : nextDues(declared, dueAt, MAX_COUNTED).filter((due) => due <= now).length;
  const skipped = misfire === 'skip' ? missed + 1 : missed;
  const late = newEvent('ScheduleMisfired', { schedule, dueAt, lateMs, skipped, misfire });
  return misfire === 'skip' ? [late] : [late, ...asked()];
}

/**
 * Asks for trainings, drift checks, collections, reports and queues of labels at the times that schedules say. Each due time is an event with an id that
 * follows from the schedule and the time, so that it comes exactly once, whatever crashes.
 */
export const service = deciderService({
  name: 'scheduler',
  reactsTo: INPUTS,
  stateFrom: CHANGES,
  decider: () => scheduler,
});
