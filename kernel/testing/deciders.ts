import { expect } from 'vitest';
import type { Catalogue } from '../catalogue.ts';
import type { LoggedEvent, NewEvent } from '../event.ts';
import { derivedId } from '../ids.ts';
import { mapsInMemory } from '../ports/states.ts';
import type { Decider, Service } from '../service.ts';

/** The inputs before which a service is restarted. */
const RESTARTS = new Set([3, 7, 20, 60]);

export interface Played<State, E extends NewEvent> {
  state: State;
  /** inputs and what followed from them, in the order of the log */
  log: readonly LoggedEvent<E>[];
}

/** What tests of pure code need, for the events of a catalogue. */
export function deciderTesting<E extends NewEvent>(catalogue: Catalogue<E['type']>) {
  /** An event as if it were the `index`-th of a log. */
  function recorded<T extends E>(event: T, index = 0, time = index): LoggedEvent<T> {
    const id = derivedId('00000000-0000-7000-8000-000000000000', 'given', index);
    const envelope = {
      id,
      source: 'given',
      subject: catalogue.subjectOf(event),
      time,
      sequence: 1,
      correlationId: id,
      causationId: null,
    };
    return { ...envelope, topic: 'given', partition: 0, offset: index, ...event } as LoggedEvent<T>;
  }

  /**
   * Given earlier events, when an event comes, then these events follow:
   * `deciderSpec(decider).given(fact, …).when(request).thenExactly(fact, …)`.
   */
  function deciderSpec<State, Input extends E>(decider: Decider<State, E, Input>) {
    const fold = (events: readonly E[]): State =>
      events.reduce(
        (state, event, index) => decider.evolve(state, recorded(event, index)),
        decider.initialState(mapsInMemory()),
      );
    return {
      given: (...earlier: readonly E[]) => ({
        when: (event: Input) => {
          const decide = () => decider.decide(fold(earlier), recorded(event, earlier.length));
          return {
            thenExactly: (...expected: readonly E[]) => expect(decide()).toEqual(expected),
            thenMatch: (...expected: readonly object[]) => expect(decide()).toMatchObject(expected),
            thenNothing: () => expect(decide()).toEqual([]),
            decide,
          };
        },
      }),
    };
  }

  /**
   * Plays events through a decider as the runtime does: the facts that follow from an event are folded at once, before
   * the event itself, and come back later where the decider reacts to its own. Now and then the service is restarted:
   * its state is saved, and it continues from what was saved.
   */
  function play<State, Input extends E>(
    decider: Decider<State, E, Input>,
    { reactsTo, stateFrom = [] }: Pick<Service, 'reactsTo' | 'stateFrom'>,
    inputs: readonly E[],
  ): Played<State, E> {
    const maps = mapsInMemory();
    let state = decider.initialState(maps);
    const restart = () => {
      const saved = structuredClone(decider.snapshot ? decider.snapshot(state) : state);
      state = decider.resume ? decider.resume(saved, maps) : (saved as State);
    };
    const log: LoggedEvent<E>[] = [];
    const reacts = ({ type }: LoggedEvent<E>) => reactsTo === '*' || reactsTo.includes(type);
    const append = (event: E) => {
      const appended = recorded(event, log.length);
      log.push(appended);
      return appended;
    };
    const take = (event: LoggedEvent<E>, own: boolean): void => {
      const decided = reacts(event) ? decider.decide(state, event as LoggedEvent<Input>) : [];
      const follows = decided.map(append);
      for (const next of follows)
        if (catalogue.isFact(next.type) && stateFrom.includes(next.type)) state = decider.evolve(state, next);
      if (!own && stateFrom.includes(event.type)) state = decider.evolve(state, event);
      for (const next of follows) take(next, catalogue.isFact(next.type));
    };
    for (const [index, input] of inputs.entries()) {
      if (RESTARTS.has(index)) restart();
      take(append(input), false);
    }
    return { state, log };
  }

  return { recorded, deciderSpec, play };
}
