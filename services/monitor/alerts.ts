import { monitorKind } from '../../ml/monitors.ts';
import { PLAIN_ALERT, PLAIN_RESOLUTION } from '../../schemas/alerts/plain.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type {
  AlertRaised,
  AlertResolved,
  DriftMeasured,
  QualityMeasured,
} from '../../schemas/events.generated.ts';
import { type MonitorState, policyOf } from './state.ts';

export const monitorOf = (model: string, cause: string): string => `${model}/${cause}`;

/**
 * Raises or resolves the alert of a monitor after a measurement.
 *
 * @param outOfBounds why the measure is out of bounds; undefined when it is within
 */
export function alertOn(
  state: MonitorState,
  cause: 'drift' | 'quality' | 'labelDrift',
  {
    monitorId,
    model,
    version,
    window,
  }: Pick<DriftMeasured | QualityMeasured, 'monitorId' | 'model' | 'version' | 'window'>,
  outOfBounds: string | undefined,
): NewEvent[] {
  return outOfBounds === undefined
    ? resolve(state, monitorId, `window ${window} of ${version} is within bounds`)
    : raise(state, { ...PLAIN_ALERT, monitorId, model, version, cause, reason: outOfBounds });
}

/** Alerts about instances and about the guard end by what these say themselves. */
const OTHERS: ReadonlySet<string> = new Set(['serving', 'guard']);
/** Monitors of the traffic of a model, whichever version answers. */
const OF_MODEL: ReadonlySet<string | undefined> = new Set(['silence', 'windows']);

/** Resolves the alerts about a version that leaves production; all those of a model that is retired. */
export const resolveMeasured = (
  state: MonitorState,
  model: string,
  reason: string,
  isRetired = false,
): NewEvent[] =>
  [...state.alerts].flatMap(([monitorId, { open }]) => {
    if (open?.model !== model || OTHERS.has(open.cause)) return [];
    if (!isRetired && OF_MODEL.has(monitorKind(open.cause)?.trigger)) return [];
    return resolve(state, monitorId, reason);
  });

/** Raises an alert unless the monitor has an open one. */
export function raise(
  state: MonitorState,
  alert: Omit<AlertRaised, 'alertId' | 'policyVersion' | 'silenceId'>,
): NewEvent[] {
  const { monitorId, model } = alert;
  const { open, raised = 0 } = state.alerts.get(monitorId) ?? {};
  if (open) return [];
  return [
    newEvent('AlertRaised', {
      ...alert,
      alertId: `${monitorId}/${raised + 1}`,
      silenceId: silenceOf(state, monitorId),
      policyVersion: policyOf(state, model).version,
    }),
  ];
}

/** Resolves the open alert of a monitor, if any. */
export function resolve(
  state: MonitorState,
  monitorId: string,
  reason: string,
  measured: Partial<Pick<AlertResolved, 'value' | 'measurementId'>> = {},
): NewEvent[] {
  const open = state.alerts.get(monitorId)?.open;
  if (!open) return [];
  const { alertId, model } = open;
  const { version: policyVersion } = policyOf(state, model);
  const resolved = { ...PLAIN_RESOLUTION, ...measured, silenceId: silenceOf(state, monitorId) };
  return [newEvent('AlertResolved', { monitorId, alertId, model, reason, ...resolved, policyVersion })];
}

const silenceOf = ({ silences }: MonitorState, monitorId: string): string | null =>
  silences.get(monitorId)?.current?.silenceId ?? null;
