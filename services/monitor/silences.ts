import { monitorKinds } from '../../ml/monitors.ts';
import { faultOfSilence } from '../../schemas/alerts/silence.ts';
import { type NewEvent, newEvent, type RecordedEvent, type Timer } from '../../schemas/catalogue.ts';
import type { SilenceEnded } from '../../schemas/events.generated.ts';
import type { MonitorState } from './state.ts';

/** Silences a monitor, in place of its silence before, unless something is wrong with the request. */
export function silence(
  state: MonitorState,
  { data, time }: RecordedEvent<'AlertSilenceRequested'>,
): NewEvent[] {
  const { monitorId, model, kind, requestedBy } = data;
  const fault = faultOfSilence(data, monitorKinds(), time);
  if (fault !== undefined)
    return [
      newEvent('AlertSilenceRefused', {
        monitorId,
        model,
        kind,
        code: 'INPUT_INVALID',
        reason: fault,
        requestedBy,
      }),
    ];
  const count = (state.silences.get(monitorId)?.count ?? 0) + 1;
  return [newEvent('AlertSilenced', { ...data, silenceId: `${monitorId}/silence/${count}` })];
}

export const silenceTimers = ({ silences }: MonitorState): Timer[] =>
  [...silences.values()].flatMap(({ current }) => {
    if (!current) return [];
    const { silenceId, monitorId, model, kind, until: dueAt } = current;
    const event = newEvent('SilenceEnded', { monitorId, silenceId, model, kind, dueAt });
    return [{ id: silenceId, dueAt, event }];
  });

/** People are told of an alert that was raised in a silence and outlasts it. */
export function onSilenceEnded(state: MonitorState, { monitorId, silenceId }: SilenceEnded): NewEvent[] {
  const { open, isQuiet } = state.alerts.get(monitorId) ?? {};
  const { current } = state.silences.get(monitorId) ?? {};
  if (!open || !isQuiet || (current && current.silenceId !== silenceId)) return [];
  const { alertId, model, version, cause, severity, reason } = open;
  return [newEvent('AlertUnsilenced', { monitorId, alertId, model, version, cause, severity, reason })];
}
