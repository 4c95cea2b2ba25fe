import { suggestion } from '../../kernel/nearest.ts';
import { monitorKinds } from '../../ml/monitors.ts';
import { type NewEvent, newEvent, type RecordedEvent, type Timer } from '../../schemas/catalogue.ts';
import type { SilenceEnded } from '../../schemas/events.generated.ts';
import { ALERT_CAUSES } from '../../schemas/vocabularies.ts';
import type { MonitorState } from './state.ts';

const MAX_SILENCE_MS = 366 * 86_400_000;

/** What alerts may be about. */
export const alertKinds = (): string[] => [...new Set([...ALERT_CAUSES, ...monitorKinds()])];

/** Silences a monitor, in place of its silence before, unless something is wrong with the request. */
export function silence(
  state: MonitorState,
  { data, time }: RecordedEvent<'AlertSilenceRequested'>,
): NewEvent[] {
  const { monitorId, model, kind, requestedBy } = data;
  const fault = faultOf(data, time);
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

function faultOf(
  { monitorId, model, kind, until, reason }: RecordedEvent<'AlertSilenceRequested'>['data'],
  now: number,
): string | undefined {
  if (!alertKinds().includes(kind)) return `there is no monitor ${kind}: ${suggestion(kind, alertKinds())}`;
  if (monitorId !== `${model}/${kind}`) return `${monitorId} is not the monitor ${kind} of ${model}`;
  if (reason.trim() === '') return 'a silence needs a reason';
  if (until <= now) return `a silence must end later than now: ${new Date(until).toISOString()} is over`;
  if (until - now > MAX_SILENCE_MS)
    return 'a silence lasts a year at most: take the monitor out of the policy instead';
  return undefined;
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
