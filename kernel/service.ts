import type { Clock } from './clock.ts';
import type { DeadLetterRecord } from './dead-letters/dead-letter.ts';
import type { DeadLetters } from './dead-letters/dead-letters.ts';
import type { LoggedEvent, NewEvent, OfType, RecordedEvent } from './event.ts';
import type { Logger } from './logger.ts';
import type { ArtifactStore } from './ports/artifacts.ts';
import type { Inference } from './ports/inference.ts';
import type { Position, StoredRecord } from './ports/log.ts';
import type { Router } from './ports/router.ts';
import type { Scratch } from './ports/scratch.ts';
import type { Maps, ShardState } from './ports/states.ts';
import type { Tracer } from './ports/tracer.ts';
import type { NamedQuery, Warehouse } from './ports/warehouse.ts';
import type { Publisher } from './publisher.ts';
import type { EventReader } from './reader.ts';
import type { Telemetry } from './telemetry.ts';

/** All that a service may touch. */
export interface ServiceContext<Settings = unknown, E extends NewEvent = NewEvent> {
  settings: Settings;
  events: EventReader<E>;
  publisher: Publisher<E>;
  /** Publishes what no other event depends on: durable on this machine when it resolves, where there is a spool in the log soon */
  recorder: Pick<Publisher<E>, 'publish'>;
  deadLetters: DeadLetters;
  artifacts: ArtifactStore;
  scratch: Scratch;
  inference: Inference;
  warehouse: Warehouse;
  /** rows of a named query of projections/, `<question>/<name>` */
  query: NamedQuery;
  clock: Clock;
  /** names this process among those that run the same services; a restart does not change it */
  instance: string;
  logger: Logger;
  telemetry: Telemetry;
  tracer: Tracer;
  /** aborts when the service must stop */
  signal: AbortSignal;
}

/** What a shard of a service is started with. */
export interface StartContext<Settings = unknown, E extends NewEvent = NewEvent>
  extends ServiceContext<Settings, E> {
  /** the large maps of the state, which are saved with it */
  maps: Maps;
  /** A place for what a service saves by itself: one that runs everywhere and folds in its own way. */
  savesUnder(name: string): ShardState;
}

/**
 * Appends facts before the reaction ends; a reaction that is repeated after a crash does not append them again. Await
 * each call before the next.
 */
export type Emit<E extends NewEvent = NewEvent> = (...events: readonly E[]) => Promise<void>;

/** A fact of the service's own stream that is appended once, at its due time or after it. */
export interface Timer<E extends NewEvent = NewEvent> {
  /** unique among the service's timers of this due time */
  id: string;
  /** milliseconds since the epoch */
  dueAt: number;
  event: E;
  /** of what the timer belongs to; without it, its event begins a correlation of its own */
  correlationId?: string;
}

/** A batch of a projector. It takes its events while the batch before may still be written. */
export interface ProjectedBatch<E extends NewEvent = NewEvent> {
  add(event: LoggedEvent<E>): void;
  /** A record that could not be decoded: it becomes a dead letter. */
  skip(record: Position): void;
  /**
   * Called when no more events are there: waits until it pays to write so many, and says whether it did. What has come
   * meanwhile joins the batch.
   */
  waitForMore?(events: number): Promise<boolean>;
  /** Writes the batch; again after a retriable error. */
  write(): Promise<void>;
}

/** A started service. The runtime calls it with one event at a time, in log order. */
export interface Running<E extends NewEvent = NewEvent> {
  /** Folds an event into the state: first while the state is restored, then as events arrive. No effects. */
  evolve?(event: RecordedEvent<E>): void;
  /** The pending timers, by the state; folding its event must end a timer. */
  timers?(): readonly Timer<E>[];
  /** The state, structured-cloneable; without it, each start folds the log from its beginning. */
  snapshot?(): unknown;
  /** Continues from a snapshot, before anything is folded. */
  resume?(snapshot: unknown): void;
  /** Called once when the state is restored, before the first reaction. */
  restored?(): Promise<void>;
  /** The events that follow from an event. They are committed together with its offset. */
  react?(event: LoggedEvent<E>, emit: Emit<E>, cancelled: AbortSignal): readonly E[] | Promise<readonly E[]>;
  /**
   * Projectors take events of any type in batches: begins the next one. Their `react` takes single redriven events.
   */
  batch?(): Promise<ProjectedBatch<E>>;
  /**
   * Takes raw records instead of events, of all event topics and their dead-letter topics: undecoded, with topic,
   * partition and offset. The facts that it returns are committed together with the offsets.
   */
  records?(batch: readonly StoredRecord[]): readonly E[] | Promise<readonly E[]>;
  /**
   * Takes each new dead letter, where the service watches them. The facts that it returns are committed together with the
   * offset; an error of it crashes the service, so that no dead letter has a dead letter.
   */
  deadLetter?(deadLetter: DeadLetterRecord): readonly E[] | Promise<readonly E[]>;
  stop?(): Promise<void>;
}

/**
 * How several processes run a service. `once`: one of them, the others stand by. `shards`: its input partitions are
 * split into n shards, each with one owner; what a shard knows of an aggregate must follow from the aggregate's own
 * events and from topics that the service does not react to. `everywhere`: each process reacts to all events from its
 * start on.
 */
export type Runs = 'once' | { shards: number } | 'everywhere';

/** Reads settings from text values; zod's schemas do. */
export interface SettingsSchema<Settings> {
  safeParse(
    raw: unknown,
  ): { success: true; data: Settings } | { success: false; error: { issues: readonly SettingsIssue[] } };
}

export interface SettingsIssue {
  path: readonly PropertyKey[];
  message: string;
}

/** A service: one folder under services/, found by its name. Services exchange nothing but events. */
export interface Service<Settings = unknown, E extends NewEvent = NewEvent> {
  name: string;
  /** read from EPOCHLOG_<NAME>_<SETTING> */
  settings?: SettingsSchema<Settings>;
  /** the event types it reacts to; '*' for all */
  reactsTo: readonly E['type'][] | '*';
  /** the event types its state is folded from; own facts are folded when they are emitted, others when they arrive */
  stateFrom?: readonly E['type'][];
  /** whether it consumes the dead letters of every service, in all streams that this version knows */
  watchesDeadLetters?: boolean;
  /** its reactions have effects: each is committed before the next begins */
  effects: boolean;
  /**
   * the event types that cancel a running reaction to an event of the same aggregate, which must be of the same stream:
   * they abort its signal with CANCELLED
   */
  cancelledBy?: readonly E['type'][];
  /** default `once` */
  runs?: Runs;
  /** whether it needs the warehouse */
  usesWarehouse?: boolean;
  /** whether it records what waits for nothing but this machine */
  usesSpool?: boolean;
  start(context: StartContext<Settings, E>): Running<E> | Promise<Running<E>>;
  /** Loads the modules of its routes: called while the process waits for its servers, so that `routes` finds them loaded. */
  loadRoutes?(): Promise<unknown>;
  /** Adds the HTTP routes that it answers while it runs. */
  routes?(router: Router, context: ServiceContext<Settings, E>): void | Promise<void>;
}

/** A pure state machine that owns a stream. */
export interface Decider<State, E extends NewEvent = NewEvent, Input extends NewEvent = E> {
  /** a new state; `evolve` may change it in place and return it. What grows with the log belongs into the large maps. */
  initialState(maps: Maps): State;
  /** the facts and requests that follow from an event in a state; no clock, no randomness, no I/O */
  decide(state: State, event: RecordedEvent<Input>): readonly E[];
  evolve(state: State, event: RecordedEvent<E>): State;
  /** the pending timers of a state; `evolve` with its event must end a timer */
  timers?(state: State): readonly Timer<E>[];
  /** for a state that is not structured-cloneable, or holds large maps: what is saved of it */
  snapshot?(state: State): unknown;
  /** the state that a snapshot was taken of, when the maps were as they are now */
  resume?(snapshot: unknown, maps: Maps): State;
}

interface Definition<E extends NewEvent, Settings> {
  name: string;
  settings?: SettingsSchema<Settings>;
  stateFrom?: readonly E['type'][];
}

interface DeciderDefinition<State, E extends NewEvent, Input extends E['type'], Settings>
  extends Definition<E, Settings> {
  reactsTo: readonly Input[];
  stateFrom: readonly E['type'][];
  decider(settings: Settings): Decider<State, E, OfType<E, Input>>;
}

interface ReactorDefinition<E extends NewEvent, Input extends E['type'], Settings>
  extends Definition<E, Settings> {
  reactsTo: readonly Input[];
  watchesDeadLetters?: boolean;
  cancelledBy?: readonly E['type'][];
  runs?: Runs;
  usesWarehouse?: boolean;
  usesSpool?: boolean;
  start(context: StartContext<Settings, E>): StartedReactor<E, Input> | Promise<StartedReactor<E, Input>>;
  routes?(router: Router, context: ServiceContext<Settings, E>): void | Promise<void>;
}

interface RecordServiceDefinition<E extends NewEvent, Settings> extends Definition<E, Settings> {
  start(context: StartContext<Settings, E>): StartedRecordService<E> | Promise<StartedRecordService<E>>;
}

/** The reactions of a service with effects, by event type. */
export type Reactions<E extends NewEvent, Input extends E['type']> = {
  [T in Input]: (
    event: LoggedEvent<OfType<E, T>>,
    emit: Emit<E>,
    cancelled: AbortSignal,
  ) => readonly E[] | Promise<readonly E[]>;
};

export interface StartedReactor<E extends NewEvent, Input extends E['type']>
  extends Pick<Running<E>, 'evolve' | 'timers' | 'snapshot' | 'resume' | 'restored' | 'deadLetter' | 'stop'> {
  on: Reactions<E, Input>;
}

export type StartedRecordService<E extends NewEvent = NewEvent> = Pick<
  Running<E>,
  'evolve' | 'restored' | 'stop'
> &
  Required<Pick<Running<E>, 'records'>>;

/** The kinds of services, for the events of one catalogue. */
export interface ServiceKinds<E extends NewEvent> {
  /** A service that is a decider: owns its stream, folds its state from events, has no effects. */
  deciderService<State, Input extends E['type'], Settings>(
    definition: DeciderDefinition<State, E, Input, Settings>,
  ): Service<Settings, E>;
  /**
   * A service with effects: trains, loads, measures. `start` opens what it needs and returns a reaction for each type. A
   * reaction must give the same result when it is repeated after a crash.
   */
  reactorService<Input extends E['type'], Settings>(
    definition: ReactorDefinition<E, Input, Settings>,
  ): Service<Settings, E>;
  /**
   * A service that processes raw records of all topics, also those that it cannot decode. A retriable error is retried;
   * any other crashes it, because no single record is at fault.
   */
  recordService<Settings>(definition: RecordServiceDefinition<E, Settings>): Service<Settings, E>;
}

export function serviceKinds<E extends NewEvent>(): ServiceKinds<E> {
  return {
    deciderService: <State, Input extends E['type'], Settings>({
      decider,
      ...service
    }: DeciderDefinition<State, E, Input, Settings>): Service<Settings, E> => ({
      ...service,
      effects: false,
      start({ settings, maps }) {
        const { initialState, decide, evolve, timers, snapshot, resume } = decider(settings);
        let state = initialState(maps);
        return {
          snapshot: () => (snapshot ? snapshot(state) : state),
          resume(saved) {
            state = resume ? resume(saved, maps) : (saved as State);
          },
          evolve(event) {
            state = evolve(state, event);
          },
          react: (event) => decide(state, event as LoggedEvent<OfType<E, Input>>),
          timers: () => timers?.(state) ?? [],
        };
      },
    }),

    reactorService: <Input extends E['type'], Settings>(
      definition: ReactorDefinition<E, Input, Settings>,
    ): Service<Settings, E> => ({
      ...definition,
      effects: true,
      async start(context) {
        const { on, ...running } = await definition.start(context);
        const reactions = on as Partial<Record<string, Running<E>['react']>>;
        return {
          ...running,
          react: (event, emit, cancelled) => reactions[event.type]?.(event, emit, cancelled) ?? [],
        };
      },
    }),

    recordService: (definition) => ({ ...definition, reactsTo: '*', effects: false }),
  };
}
