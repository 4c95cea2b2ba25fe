import { PLAIN_ALERT } from '../../schemas/alerts/plain.ts';
import type { NewEvent } from '../../schemas/catalogue.ts';
import { GUARD } from '../../schemas/deployments/running.ts';
import type { GuardTripped } from '../../schemas/events.generated.ts';
import { monitorOf, raise, resolve } from './alerts.ts';
import type { MonitorState } from './state.ts';

/** The guard of production raises an alert that stays until someone else decides; what it says next replaces what it said. */
export function alertOnGuard(state: MonitorState, { model, version, reason }: GuardTripped): NewEvent[] {
  const monitorId = monitorOf(model, 'guard');
  const alert = { ...PLAIN_ALERT, severity: 'critical', monitorId, model, version, cause: 'guard', reason };
  const { raised = 0 } = state.alerts.get(monitorId) ?? {};
  const settled = resolve(state, monitorId, `${version} is no better`);
  const alerts = new Map(state.alerts).set(monitorId, { raised, open: undefined });
  return [...settled, ...raise({ ...state, alerts }, alert)];
}

/** A decision about production that is not the guard's own resolves its alert. */
export function resolveGuarded(
  state: MonitorState,
  { model, version, requestedBy }: { model: string; version: string | null; requestedBy: string },
): NewEvent[] {
  if (requestedBy === GUARD) return [];
  const what = version === null ? `${model} is retired` : `${version} went into production`;
  return resolve(state, monitorOf(model, 'guard'), what);
}
