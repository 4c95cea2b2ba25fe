import type { Event, EventType, NewEvent } from '../event.ts';
import type { Decider, Service } from '../service.ts';
import { happened } from './decider-spec.ts';

export interface Played<State> {
  state: State;
  /** inputs and what followed from them, in the order of the log */
  log: readonly Event[];
}

/**
 * Plays events through a decider as the runtime does: the facts that follow from an event are taken in at once,
 * before the event itself, and come back later where the decider reacts to its own.
 */
export function play<State, Input extends EventType>(
  decider: Decider<State, Input>,
  { reactsTo, remembers = [] }: Pick<Service, 'reactsTo' | 'remembers'>,
  inputs: readonly NewEvent[],
): Played<State> {
  let state = decider.initialState();
  const log: Event[] = [];
  const reacts = ({ type }: Event) => reactsTo === '*' || reactsTo.includes(type);
  const append = (event: NewEvent) => {
    const appended = happened(event, log.length);
    log.push(appended);
    return appended;
  };
  const take = (event: Event, own: boolean): void => {
    const follows = reacts(event) ? decider.decide(state, event as Event<Input>) : [];
    const facts = follows.map(append);
    for (const fact of facts) if (remembers.includes(fact.type)) state = decider.evolve(state, fact);
    if (!own && remembers.includes(event.type)) state = decider.evolve(state, event);
    for (const fact of facts) take(fact, true);
  };
  for (const input of inputs) take(append(input), false);
  return { state, log };
}
