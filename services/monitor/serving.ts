import { PLAIN_ALERT } from '../../schemas/alerts/plain.ts';
import type { NewEvent } from '../../schemas/catalogue.ts';
import { monitorOf, raise, resolve } from './alerts.ts';
import { failingAfter, type Report } from './failing.ts';
import type { MonitorState } from './state.ts';

/** The first failing instance raises the alert of its model; it is resolved when none is failing. */
export function alertOnServing(state: MonitorState, event: Report): NewEvent[] {
  const { model, instance } = event.data;
  const monitorId = monitorOf(model, 'serving');
  if (event.type === 'ServingFailed') {
    const { version, served, reason } = event.data;
    const instead = served === null ? 'nothing answers' : `${served} answers instead`;
    return raise(state, {
      ...PLAIN_ALERT,
      severity: 'critical',
      monitorId,
      model,
      version,
      cause: 'serving',
      reason: `${instance} cannot serve ${version}, ${instead}: ${reason}`,
    });
  }
  if (failingAfter(state.failing.get(model) ?? new Map(), event).size > 0) return [];
  const how = event.type === 'VersionServing' ? `${event.data.version} is served` : `${model} is retired`;
  return resolve(state, monitorId, how);
}
