import type { Bounds } from '../../ml/monitors/monitor.ts';
import { monitorKind } from '../../ml/monitors.ts';
import type { RecordedEvent } from '../../schemas/catalogue.ts';
import type { PolicyChangedMonitor as Monitor } from '../../schemas/events.generated.ts';
import type { PolicyInForce } from '../../schemas/models/policy.ts';
import { DEFAULT_POLICY } from '../../tasks/policies/policy.ts';

/** parts of a window that traffic is counted in */
const PARTS = 30;
/** busy windows that are remembered */
const BUSY = 3;

/** Predictions by parts of the window of a monitor, the oldest first. */
type Traffic = readonly { readonly part: number; readonly count: number }[];

/** Observations of a monitor that looks each time so many have come. */
interface Counter {
  readonly count: number;
  /** how often there were enough */
  readonly mark: number;
  /** when there last were, milliseconds since the epoch */
  readonly at: number;
}

/** Predictions by window, and the last windows that had enough. */
interface Windows {
  readonly index: number;
  readonly count: number;
  readonly busy: readonly number[];
}

interface Look {
  readonly check: number;
  readonly dueAt: number;
}

/** A detector that listens to the errors of a version. */
export interface Hearing {
  readonly version: string;
  readonly method: string;
  readonly outcomes: number;
  /** of the detector */
  readonly state: unknown;
}

interface Streak {
  readonly bad: number;
  readonly good: number;
}

/**
 * What the monitors of a model know of it: counts, and never a prediction. Counts follow from predictions and outcomes alone, looks
 * from the facts of the monitor, so that the order of the two does not matter. Maps are by kind.
 */
export interface Watch {
  readonly traffic: Map<string, Traffic>;
  readonly counters: Map<string, Counter>;
  readonly windows: Map<string, Windows>;
  lastServed: number | undefined;
  /** by version, when it first went into production */
  readonly promoted: Map<string, number>;
  readonly looks: Map<string, Look>;
  /** measurements that were asked for and have not come, by kind */
  readonly awaiting: Map<string, { readonly measurementId: string; readonly since: number }>;
  readonly streaks: Map<string, Streak>;
  hearing: Hearing | undefined;
}

export const newWatch = (): Watch => ({
  traffic: new Map(),
  counters: new Map(),
  windows: new Map(),
  lastServed: undefined,
  promoted: new Map(),
  looks: new Map(),
  awaiting: new Map(),
  streaks: new Map(),
  hearing: undefined,
});

/** The monitors of a policy; of one from before there were monitors, those of the default. */
export const monitorsOf = ({ monitors }: PolicyInForce): readonly Monitor[] =>
  monitors ?? DEFAULT_POLICY.monitors;

/** How far the clear bound is from the limit, where the policy does not say it. */
const CLEAR = 0.8;

export function boundsOf(monitor: Monitor): Bounds {
  const { limit, clear } = monitor;
  const isMinimum = monitorKind(monitor.kind)?.isMinimum;
  return { ...monitor, clear: clear ?? (isMinimum ? limit / CLEAR : limit * CLEAR) };
}

/** Counts a prediction, served or failed. `at` in milliseconds since the epoch. */
export function countPrediction(watch: Watch, policy: PolicyInForce, at: number): void {
  watch.lastServed = Math.max(watch.lastServed ?? 0, at);
  for (const monitor of monitorsOf(policy)) {
    const { kind } = monitor;
    const trigger = monitorKind(kind)?.trigger;
    if (trigger === 'traffic')
      watch.traffic.set(kind, trafficAfter(watch.traffic.get(kind) ?? [], monitor, at));
    else if (trigger === 'predictions') count(watch, monitor, at);
    else if (trigger === 'windows')
      watch.windows.set(kind, windowsAfter(watch.windows.get(kind), monitor, at));
  }
}

/** Counts a prediction whose outcome has come. */
export function countOutcome(watch: Watch, policy: PolicyInForce, at: number): void {
  for (const monitor of monitorsOf(policy))
    if (monitorKind(monitor.kind)?.trigger === 'outcomes') count(watch, monitor, at);
}

const lengthOf = ({ window }: Monitor): number => Math.max(1, Math.ceil(window / PARTS));

function trafficAfter(before: Traffic, monitor: Monitor, at: number): Traffic {
  const part = Math.floor(at / lengthOf(monitor));
  const newest = Math.max(part, before.at(-1)?.part ?? part);
  const last = before.at(-1);
  if (last?.part === part) return [...before.slice(0, -1), { part, count: last.count + 1 }];
  const known = before.find((one) => one.part === part);
  const others = before.filter((one) => one.part !== part && one.part > newest - PARTS);
  return [...others, { part, count: (known?.count ?? 0) + 1 }].sort((a, b) => a.part - b.part);
}

function count({ counters }: Watch, { kind, minimumSamples }: Monitor, at: number): void {
  const before = counters.get(kind) ?? { count: 0, mark: 0, at: 0 };
  const isEnough = before.count + 1 >= minimumSamples;
  counters.set(
    kind,
    isEnough ? { count: 0, mark: before.mark + 1, at } : { ...before, count: before.count + 1 },
  );
}

function windowsAfter(before: Windows | undefined, { window, minimumSamples }: Monitor, at: number): Windows {
  const index = Math.floor(at / window);
  if (before && index < before.index) return before;
  const counted = before?.index === index ? before.count + 1 : 1;
  const busy = before?.busy ?? [];
  const isNews = counted >= minimumSamples && busy.at(-1) !== index;
  return { index, count: counted, busy: isNews ? [...busy, index].slice(-BUSY) : busy };
}

/** The next look of a monitor; undefined while nothing asks for one. */
export function nextLook(watch: Watch, monitor: Monitor, version: string): Look | undefined {
  const { kind, every } = monitor;
  const last = watch.looks.get(kind) ?? { check: 0, dueAt: Number.NEGATIVE_INFINITY };
  const asked = askedLook(watch, monitor, version, last);
  if (asked === undefined) return undefined;
  const waiting = watch.awaiting.get(kind);
  const dueAt = waiting ? Math.max(asked, waiting.since + Math.max(every, PATIENCE_MS)) : asked;
  return dueAt > last.dueAt ? { check: last.check + 1, dueAt } : undefined;
}

/** A measurement that has not come for so long is not waited for. */
const PATIENCE_MS = 600_000;

function askedLook(watch: Watch, monitor: Monitor, version: string, last: Look): number | undefined {
  const { kind, every, limit, window } = monitor;
  switch (monitorKind(kind)?.trigger) {
    case 'traffic':
      return trafficLook(watch.traffic.get(kind) ?? [], monitor, last);
    case 'predictions':
    case 'outcomes': {
      const { mark = 0, at = 0 } = watch.counters.get(kind) ?? {};
      return mark > 0 && at > last.dueAt ? Math.max(at, last.dueAt + every) : undefined;
    }
    case 'silence':
      return watch.lastServed === undefined ? undefined : watch.lastServed + limit;
    case 'windows':
      return (watch.windows.get(kind)?.busy ?? [])
        .map((index) => (index + 2) * window)
        .find((dueAt) => dueAt > last.dueAt);
    case 'age': {
      const since = watch.promoted.get(version);
      return since === undefined ? undefined : since + limit;
    }
    default:
      return undefined;
  }
}

/** When enough predictions have come since the last look, and `every` has passed. */
function trafficLook(traffic: Traffic, monitor: Monitor, last: Look): number | undefined {
  const length = lengthOf(monitor);
  const since = traffic.filter(({ part }) => part * length >= last.dueAt);
  let sum = 0;
  for (const { part, count } of since) {
    sum += count;
    if (sum < monitor.minimumSamples) continue;
    return Math.max(since[0]!.part * length + monitor.every, (part + 1) * length);
  }
  return undefined;
}

/** Folds a look. One that comes late, since nothing ran, is waited for from then on: else those it missed would all follow. */
export function looked(watch: Watch, { data, time }: RecordedEvent<'MonitorDue'>): void {
  const { model, kind, check, dueAt } = data;
  watch.looks.set(kind, { check, dueAt });
  if ((monitorKind(kind)?.streams.length ?? 0) > 0)
    watch.awaiting.set(kind, { measurementId: measurementIdOf(model, kind, check), since: time });
}

export const measurementIdOf = (model: string, kind: string, check: number): string =>
  `${model}-${kind}-${check}`;

/** The kind that waits for a measurement. */
export const kindAwaiting = (watch: Watch | undefined, measurementId: string): string | undefined =>
  [...(watch?.awaiting ?? [])].find(([, waiting]) => waiting.measurementId === measurementId)?.[0];

/** The looks in a row after another one. */
export function streakAfter({ streaks }: Watch, kind: string, state: 'bad' | 'good' | 'between'): Streak {
  const { bad, good } = streaks.get(kind) ?? { bad: 0, good: 0 };
  return { bad: state === 'bad' ? bad + 1 : 0, good: state === 'good' ? good + 1 : 0 };
}

/** What was seen of a version that leaves production says nothing of the next. */
export function forgetVersion(watch: Watch): void {
  watch.streaks.clear();
  watch.traffic.clear();
  watch.hearing = undefined;
}
