import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { AlertRaised, DriftMeasured, QualityMeasured } from '../../schemas/events.generated.ts';
import type { AlertCause } from '../../schemas/vocabularies.ts';
import { type MonitorState, policyOf } from './state.ts';

export const monitorOf = (model: string, cause: AlertCause): string => `${model}/${cause}`;

/**
 * Raises or resolves the alert of a monitor after a measurement.
 *
 * @param outOfBounds why the measure is out of bounds; undefined when it is within
 */
export function alertOn(
  state: MonitorState,
  cause: AlertCause,
  { monitorId, model, version, window }: DriftMeasured | QualityMeasured,
  outOfBounds: string | undefined,
): NewEvent[] {
  return outOfBounds === undefined
    ? resolve(state, monitorId, `window ${window} of ${version} is within bounds`)
    : raise(state, { monitorId, model, version, cause, reason: outOfBounds });
}

/** Resolves the drift and quality alerts of a model whose production version changes. */
export const resolveMeasured = (state: MonitorState, model: string, reason: string): NewEvent[] =>
  (['drift', 'quality'] as const).flatMap((cause) => resolve(state, monitorOf(model, cause), reason));

/** Raises an alert unless the monitor has an open one. */
export function raise(
  state: MonitorState,
  alert: Omit<AlertRaised, 'alertId' | 'policyVersion'> & { cause: AlertCause },
): NewEvent[] {
  const { monitorId, model } = alert;
  const { open, raised = 0 } = state.alerts.get(monitorId) ?? {};
  if (open) return [];
  const alertId = `${monitorId}/${raised + 1}`;
  return [newEvent('AlertRaised', { ...alert, alertId, policyVersion: policyOf(state, model).version })];
}

/** Resolves the open alert of a monitor, if any. */
export function resolve(state: MonitorState, monitorId: string, reason: string): NewEvent[] {
  const open = state.alerts.get(monitorId)?.open;
  if (!open) return [];
  const { alertId, model } = open;
  const { version: policyVersion } = policyOf(state, model);
  return [newEvent('AlertResolved', { monitorId, alertId, model, reason, policyVersion })];
}
