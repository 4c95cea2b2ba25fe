import type { FastifyInstance } from 'fastify';
import type { ZodType } from 'zod';
import type { Clock } from './clock.ts';
import type { DeadLetters } from './dead-letters/dead-letters.ts';
import type { ErrorCode } from './errors.ts';
import type { Event, EventType, Happened, NewEvent } from './event.ts';
import type { Logger } from './logger.ts';
import type { ArtifactStore } from './ports/artifacts.ts';
import type { Inference } from './ports/inference.ts';
import type { Position } from './ports/log.ts';
import type { Tracer } from './ports/tracer.ts';
import type { NamedQuery, Warehouse } from './ports/warehouse.ts';
import type { Publisher } from './publisher.ts';
import type { EventReader } from './reader.ts';
import type { Telemetry } from './telemetry.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** what the handler of a route throws, beside what any route may: their statuses are documented */
    errors?: readonly ErrorCode[];
  }
}

/** All that a service may touch. */
export interface ServiceContext<Settings = unknown> {
  settings: Settings;
  events: EventReader;
  publisher: Publisher;
  deadLetters: DeadLetters;
  artifacts: ArtifactStore;
  inference: Inference;
  warehouse: Warehouse;
  /** rows of a named query of projections/, `<question>/<name>` */
  query: NamedQuery;
  clock: Clock;
  /** name of this process among those that run the same services; a restart does not change it */
  instance: string;
  logger: Logger;
  telemetry: Telemetry;
  tracer: Tracer;
  /** aborts when the service must stop */
  signal: AbortSignal;
}

/**
 * Publishes facts at once, before the reaction ends; those published before a crash are not published again. One call
 * is awaited before the next.
 */
export type PublishNow = (...events: readonly NewEvent[]) => Promise<void>;

/** A service at work. The runtime calls these one at a time, in the order of the log. */
export interface Running {
  /** Takes in a remembered event: one of the past when starting, then each as it comes. No effects. */
  evolve?(event: Happened): void;
  /** Called once when all the past has been taken in, before the first reaction. */
  recalled?(): Promise<void>;
  /**
   * What follows from an event. Everything returned and the event's offset are committed together. Of a projector: it
   * takes an event by itself that it could not take when it came.
   */
  react?(event: Event, publishNow: PublishNow): readonly NewEvent[] | Promise<readonly NewEvent[]>;
  /** Takes a whole batch instead, of any type: for projectors. `leftOut` are records that nobody could decode. */
  project?(batch: readonly Event[], leftOut?: readonly Position[]): Promise<void>;
  stop?(): Promise<void>;
}

/**
 * Where a service is at work when several processes run it. `once`: in one of them, the others stand by. `shards`: each
 * has some of so many parts of what it reacts to; what it knows of an aggregate must follow from the aggregate's own
 * events, and from topics that it does not react to. `everywhere`: each process reacts to everything, from its start on.
 */
export type Runs = 'once' | { shards: number } | 'everywhere';

/** A service: one folder under services/, found by its name, that meets the others in events alone. */
export interface Service<Settings = unknown> {
  name: string;
  /** read from EPOCHLOG_<NAME>_<SETTING> */
  settings?: ZodType<Settings>;
  /** types it reacts to; '*' for all there are */
  reactsTo: readonly EventType[] | '*';
  /** types its state is made of; its own facts count as soon as they are emitted, its requests when they come */
  remembers?: readonly EventType[];
  /** its reactions have effects: each is committed before the next begins */
  effects: boolean;
  /** default `once` */
  runs?: Runs;
  /** whether it reads or writes the warehouse: others are at work without one */
  usesWarehouse?: boolean;
  start(context: ServiceContext<Settings>): Running | Promise<Running>;
  /** HTTP routes that it answers while it runs */
  routes?(app: FastifyInstance, context: ServiceContext<Settings>): void | Promise<void>;
}

/** A pure state machine: what is true (`evolve`) and what follows (`decide`). */
export interface Decider<State, Input extends EventType = EventType> {
  /** a fresh state; `evolve` may change it in place and return it */
  initialState(): State;
  /** facts and requests that follow from an event in a state; no clock, no chance, no I/O */
  decide(state: State, event: Happened<Input>): readonly NewEvent[];
  evolve(state: State, event: Happened): State;
}

/**
 * A service that is a decider: owns its stream, keeps its state from the events it remembers, has no effects.
 * `decider` receives the settings.
 */
export function deciderService<State, Input extends EventType, Settings>(definition: {
  name: string;
  settings?: ZodType<Settings>;
  reactsTo: readonly Input[];
  remembers: readonly EventType[];
  decider(settings: Settings): Decider<State, Input>;
}): Service<Settings> {
  const { decider, ...service } = definition;
  return {
    ...service,
    effects: false,
    start({ settings }) {
      const { initialState, decide, evolve } = decider(settings);
      let state = initialState();
      return {
        evolve(event) {
          state = evolve(state, event);
        },
        react: (event) => decide(state, event as Event<Input>),
      };
    },
  };
}

/** The reactions of a service with effects, by event type. */
export type Reactions<Input extends EventType> = {
  [T in Input]: (
    event: Event<T>,
    publishNow: PublishNow,
  ) => readonly NewEvent[] | Promise<readonly NewEvent[]>;
};

/**
 * A service with effects: trains, loads, measures. `start` opens what it needs and returns a reaction for each
 * type. A reaction must do the same again when it is repeated after a crash.
 */
export function reactorService<Input extends EventType, Settings>(definition: {
  name: string;
  settings?: ZodType<Settings>;
  reactsTo: readonly Input[];
  remembers?: readonly EventType[];
  runs?: Runs;
  start(context: ServiceContext<Settings>): StartedReactor<Input> | Promise<StartedReactor<Input>>;
  routes?(app: FastifyInstance, context: ServiceContext<Settings>): void | Promise<void>;
}): Service<Settings> {
  return {
    ...definition,
    effects: true,
    async start(context) {
      const { on, ...running } = await definition.start(context);
      return { ...running, react: (event, publishNow) => dispatch(on, event, publishNow) };
    },
  };
}

export interface StartedReactor<Input extends EventType>
  extends Pick<Running, 'evolve' | 'recalled' | 'stop'> {
  on: Reactions<Input>;
}

const dispatch = <Input extends EventType>(on: Reactions<Input>, event: Event, publishNow: PublishNow) => {
  const reaction = on[event.type as Input] as
    | ((event: Event, publishNow: PublishNow) => readonly NewEvent[] | Promise<readonly NewEvent[]>)
    | undefined;
  return reaction?.(event, publishNow) ?? [];
};
