import { type NewEvent, newEvent } from '../../kernel/event.ts';
import type { AccuracyMeasured, AlertRaised, DriftMeasured } from '../../schemas/events.generated.ts';
import type { MonitorState } from './state.ts';

type Cause = AlertRaised['cause'];

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
  if (outOfBounds === undefined) {
    return resolve(state, monitorId, `window ${window} of ${version} is within bounds`);
  }
  const { open, raised = 0 } = state.alerts.get(monitorId) ?? {};
  if (open) return [];
  const alertId = `${monitorId}/${raised + 1}`;
  return [newEvent('AlertRaised', { monitorId, alertId, model, version, cause, reason: outOfBounds })];
}

/** A version that enters production begins with no alert open. */
export const resolveAll = (state: MonitorState, model: string, version: string): NewEvent[] =>
  (['drift', 'accuracy'] as const).flatMap((cause) =>
    resolve(state, monitorOf(model, cause), `${version} went into production`),
  );

function resolve({ alerts }: MonitorState, monitorId: string, reason: string): NewEvent[] {
  const open = alerts.get(monitorId)?.open;
  if (!open) return [];
  const { alertId, model } = open;
  return [newEvent('AlertResolved', { monitorId, alertId, model, reason })];
}
