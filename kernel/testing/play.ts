import { type EventType, isFact, type LoggedEvent, type NewEvent } from '../event.ts';
import type { Decider, Service } from '../service.ts';
import { recorded } from './decider-spec.ts';

export interface Played<State> {
  state: State;
  /** inputs and what followed from them, in the order of the log */
  log: readonly LoggedEvent[];
}

/**
 * Plays events through a decider as the runtime does: the facts that follow from an event are taken in at once,
 * before the event itself, and come back later where the decider reacts to its own.
 */
export function play<State, Input extends EventType>(
  decider: Decider<State, Input>,
  { reactsTo, stateFrom = [] }: Pick<Service, 'reactsTo' | 'stateFrom'>,
  inputs: readonly NewEvent[],
): Played<State> {
  let state = decider.initialState();
  const log: LoggedEvent[] = [];
  const reacts = ({ type }: LoggedEvent) => reactsTo === '*' || reactsTo.includes(type);
  const append = (event: NewEvent) => {
    const appended = recorded(event, log.length);
    log.push(appended);
    return appended;
  };
  const take = (event: LoggedEvent, own: boolean): void => {
    const decided = reacts(event) ? decider.decide(state, event as LoggedEvent<Input>) : [];
    const follows = decided.map(append);
    for (const next of follows)
      if (isFact(next.type) && stateFrom.includes(next.type)) state = decider.evolve(state, next);
    if (!own && stateFrom.includes(event.type)) state = decider.evolve(state, event);
    for (const next of follows) take(next, isFact(next.type));
  };
  for (const input of inputs) take(append(input), false);
  return { state, log };
}
