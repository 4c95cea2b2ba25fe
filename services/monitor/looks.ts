import type { Verdict } from '../../ml/monitors/monitor.ts';
import { monitorKind } from '../../ml/monitors.ts';
import { type NewEvent, newEvent, type RecordedEvent, type Timer } from '../../schemas/catalogue.ts';
import type {
  MeasurementCompleted,
  PolicyChangedMonitor as Monitor,
  MonitorDue,
} from '../../schemas/events.generated.ts';
import { monitorOf, raise, resolve } from './alerts.ts';
import { type MonitorState, policyOf } from './state.ts';
import { boundsOf, kindAwaiting, measurementIdOf, monitorsOf, nextLook, streakAfter } from './watch.ts';

const DAY_MS = 86_400_000;

const productionOf = ({ models }: MonitorState, model: string): string | undefined =>
  models.get(model)?.decision?.production?.version;

const monitorIn = (state: MonitorState, model: string, name: string): Monitor | undefined =>
  monitorsOf(policyOf(state, model)).find(({ kind }) => kind === name);

/** The next look of each monitor of each model in production. */
export const lookTimers = (state: MonitorState): Timer[] =>
  [...state.watches].flatMap(([model, watch]) => {
    const version = productionOf(state, model);
    if (version === undefined) return [];
    return monitorsOf(policyOf(state, model)).flatMap((monitor): Timer[] => {
      const look = nextLook(watch, monitor, version);
      if (!look) return [];
      const monitorId = monitorOf(model, monitor.kind);
      const event = newEvent('MonitorDue', { monitorId, model, kind: monitor.kind, ...look });
      return [{ id: monitorId, dueAt: look.dueAt, event }];
    });
  });

/** Asks for what a monitor watches. Of the age of a version nothing needs to be asked. */
export function onMonitorDue(state: MonitorState, due: MonitorDue): NewEvent[] {
  const { model, kind: name, check, dueAt } = due;
  const monitor = monitorIn(state, model, name);
  const kind = monitorKind(name);
  const version = productionOf(state, model);
  if (!monitor || !kind || version === undefined) return [];
  if (kind.trigger === 'age') return alertOnAge(state, model, version, dueAt);
  const bounds = boundsOf(monitor);
  const span = kind.trigger === 'silence' ? 2 * monitor.limit : monitor.window;
  return [
    newEvent('MeasurementRequested', {
      measurementId: measurementIdOf(model, name, check),
      model,
      query: kind.query,
      streams: [...kind.streams],
      parameters: {
        model,
        version,
        since: String(dueAt - span),
        before: String(dueAt),
        ...bounds.options,
        ...kind.parameters?.(bounds),
      },
      requestedBy: 'monitor',
    }),
  ];
}

/** Raises an alert when the version has been known for longer than the policy says. */
export function alertOnAge(state: MonitorState, model: string, version: string, now: number): NewEvent[] {
  const monitor = monitorIn(state, model, 'age');
  const since = state.watches.get(model)?.promoted.get(version);
  if (!monitor || since === undefined || now - since < monitor.limit) return [];
  const { severity, limit } = monitor;
  const days = (ms: number) => Math.floor(ms / DAY_MS);
  const reason = `${version} first went into production ${days(now - since)} days ago (limit ${days(limit)})`;
  const numbers = { severity, value: now - since, limit, samples: null, measurementId: null };
  const monitorId = monitorOf(model, 'age');
  return raise(state, { monitorId, model, version, cause: 'age', reason, ...numbers });
}

/** What a measurement says of a monitor that waits for it. */
export function verdictOf(
  state: MonitorState,
  { model, measurementId, rows }: MeasurementCompleted,
): { monitor: Monitor; verdict: Verdict | undefined } | undefined {
  const name = kindAwaiting(state.watches.get(model), measurementId);
  const monitor = name === undefined ? undefined : monitorIn(state, model, name);
  const kind = name === undefined ? undefined : monitorKind(name);
  if (!monitor || !kind) return undefined;
  const parsed: never[] = JSON.parse(rows);
  return { monitor, verdict: kind.judge(parsed, boundsOf(monitor)) };
}

/** Raises or resolves the alert of a monitor when enough looks in a row say so. */
export function onMeasured(state: MonitorState, measured: MeasurementCompleted): NewEvent[] {
  const { monitor, verdict } = verdictOf(state, measured) ?? {};
  const { model, measurementId } = measured;
  const watch = state.watches.get(model);
  const version = productionOf(state, model);
  if (!monitor || !verdict || !watch || version === undefined) return [];
  const { kind: cause, severity, limit, raiseAfter, clearAfter } = monitor;
  const { value, samples, reason } = verdict;
  const { bad, good } = streakAfter(watch, cause, verdict.state);
  const monitorId = monitorOf(model, cause);
  if (bad >= raiseAfter)
    return raise(state, {
      monitorId,
      model,
      version,
      cause,
      reason,
      severity,
      value,
      limit,
      samples,
      measurementId,
    });
  return good >= clearAfter ? resolve(state, monitorId, reason, { value, measurementId }) : [];
}

/** A prediction ends that none came. */
export function resolveSilence(state: MonitorState, { data }: RecordedEvent<'PredictionServed'>): NewEvent[] {
  const { model } = data;
  return resolve(state, monitorOf(model, 'freshness'), 'predictions come again');
}

/** Resolves the alerts of monitors that a policy has no longer. `event` is not folded yet. */
export function resolveUnwatched(state: MonitorState, { data }: RecordedEvent<'PolicyChanged'>): NewEvent[] {
  const { model, monitors } = data;
  const before = monitorsOf(policyOf(state, model)).map(({ kind }) => kind);
  const after = new Set((monitors ?? []).map(({ kind }) => kind));
  if (monitors === null) return [];
  return before
    .filter((kind) => !after.has(kind))
    .flatMap((kind) =>
      resolve(state, monitorOf(model, kind), 'the policy of the model watches it no longer'),
    );
}
