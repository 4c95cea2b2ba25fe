import { expect } from 'vitest';
import type { EventType, LoggedEvent, NewEvent, RecordedEvent } from '../event.ts';
import { subjectOf } from '../event.ts';
import { derivedId } from '../ids.ts';
import type { Decider } from '../service.ts';

/** An event as if it were the `index`-th of a log; for tests of pure code. */
export function recorded<T extends EventType>(event: NewEvent<T>, index = 0, time = index): LoggedEvent<T> {
  const id = derivedId('00000000-0000-7000-8000-000000000000', 'given', index);
  const envelope = {
    id,
    source: 'given',
    subject: subjectOf(event),
    time,
    sequence: 1,
    correlationId: id,
    causationId: null,
  };
  return { ...envelope, topic: 'given', partition: 0, offset: index, ...event } as LoggedEvent<T>;
}

/**
 * Given a past, when an event comes, then these events follow:
 * `deciderSpec(decider).given(fact, …).when(request).thenExactly(fact, …)`.
 */
export function deciderSpec<State, Input extends EventType>(decider: Decider<State, Input>) {
  const fold = (events: readonly NewEvent[]): State =>
    events.reduce(
      (state, event, index) => decider.evolve(state, recorded(event, index) as RecordedEvent),
      decider.initialState(),
    );
  return {
    given: (...past: readonly NewEvent[]) => ({
      when: (event: NewEvent<Input>) => {
        const decide = () => decider.decide(fold(past), recorded(event, past.length) as RecordedEvent<Input>);
        return {
          thenExactly: (...expected: readonly NewEvent[]) => expect(decide()).toEqual(expected),
          thenMatch: (...expected: readonly object[]) => expect(decide()).toMatchObject(expected),
          thenNothing: () => expect(decide()).toEqual([]),
          decide,
        };
      },
    }),
  };
}
