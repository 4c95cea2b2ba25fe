import { type NewEvent, newEvent } from '../../kernel/event.ts';
import type { AccuracyMeasured, AlertRaised, DriftMeasured } from '../../schemas/events.generated.ts';
import type { MonitorState } from './state.ts';

type Cause = 'drift' | 'accuracy' | 'serving';

export const monitorOf = (model: string, cause: Cause): string => `${model}/${cause}`;

/**
 * What a measure does to the alert of its monitor: `outOfBounds`, why it is out of bounds, raises one unless one is
 * open; undefined resolves the one that is open.
 */
export function alertOn(
  state: MonitorState,
  cause: Cause,
  { monitorId, model, version, window }: DriftMeasured | AccuracyMeasured,
  outOfBounds: string | undefined,
): NewEvent[] {
  return outOfBounds === undefined
    ? resolve(state, monitorId, `window ${window} of ${version} is within bounds`)
    : raise(state, { monitorId, model, version, cause, reason: outOfBounds });
}

/** A version that enters production, and a model that is retired, begin with no alert about measures open. */
export const resolveMeasured = (state: MonitorState, model: string, reason: string): NewEvent[] =>
  (['drift', 'accuracy'] as const).flatMap((cause) => resolve(state, monitorOf(model, cause), reason));

/** Raises an alert, unless its monitor has one open. */
export function raise(
  { alerts }: MonitorState,
  alert: Omit<AlertRaised, 'alertId'> & { cause: Cause },
): NewEvent[] {
  const { open, raised = 0 } = alerts.get(alert.monitorId) ?? {};
  return open ? [] : [newEvent('AlertRaised', { ...alert, alertId: `${alert.monitorId}/${raised + 1}` })];
}

/** Resolves the alert that a monitor has open, if any. */
export function resolve({ alerts }: MonitorState, monitorId: string, reason: string): NewEvent[] {
  const open = alerts.get(monitorId)?.open;
  if (!open) return [];
  const { alertId, model } = open;
  return [newEvent('AlertResolved', { monitorId, alertId, model, reason })];
}
