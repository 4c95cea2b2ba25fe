/** Binds the kernel to the events of this project: everything here is the kernel's, for these event types. */
import { createCatalogue } from '../kernel/catalogue.ts';
import type * as codec from '../kernel/codec.ts';
import type * as event from '../kernel/event.ts';
import type * as publisher from '../kernel/publisher.ts';
import type * as reader from '../kernel/reader.ts';
import type * as service from '../kernel/service.ts';
import { serviceKinds } from '../kernel/service.ts';
import { EVENTS, type Events, STREAMS } from './events.generated.ts';

export type EventType = keyof Events;
export type StreamName = keyof typeof STREAMS;

/** A fact or a request before it has an envelope: a union, discriminated by `type`. */
export type NewEvent<T extends EventType = EventType> = {
  [K in T]: { type: K; data: Events[K]; instant?: number };
}[T];
export type RecordedEvent<T extends EventType = EventType> = event.RecordedEvent<NewEvent<T>>;
export type LoggedEvent<T extends EventType = EventType> = event.LoggedEvent<NewEvent<T>>;

export type Codec = codec.Codec<NewEvent>;
export type EventReader = reader.EventReader<NewEvent>;
export type Publisher = publisher.Publisher<NewEvent>;

export type Emit = service.Emit<NewEvent>;
export type Service<Settings = unknown> = service.Service<Settings, NewEvent>;
export type Running = service.Running<NewEvent>;
export type Timer = service.Timer<NewEvent>;
export type Decider<State, Input extends EventType = EventType> = service.Decider<
  State,
  NewEvent,
  NewEvent<Input>
>;
export type ServiceContext<Settings = unknown> = service.ServiceContext<Settings, NewEvent>;

export const CATALOGUE = createCatalogue(EVENTS, STREAMS);

export const { isEventType, isFact, ownerOf, streamOf, subjectOf, streams: ALL_STREAMS } = CATALOGUE;

export const { deciderService, reactorService, recordService } = serviceKinds<NewEvent>();

/** @param instant when it was, milliseconds since the epoch, where that is not when it is written */
export const newEvent = <T extends EventType>(
  type: T,
  data: Events[T],
  instant?: number | undefined,
): NewEvent<T> => (instant === undefined ? { type, data } : { type, data, instant }) as NewEvent<T>;
