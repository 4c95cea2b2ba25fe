import { EpochlogError } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import type { AlertSilenceRequested } from '../events.generated.ts';
import { ALERT_CAUSES } from '../vocabularies.ts';

const MAX_SILENCE_MS = 366 * 86_400_000;

/** What alerts may be about: the causes that are documented, and each kind of monitor. */
export const alertKinds = (monitors: readonly string[]): string[] => [
  ...new Set([...ALERT_CAUSES, ...monitors]),
];

/**
 * What is wrong with a silence; undefined when nothing is.
 *
 * @param monitors the kinds of monitors
 * @param now milliseconds since the epoch
 */
export function faultOfSilence(
  { monitorId, model, kind, until, reason }: AlertSilenceRequested,
  monitors: readonly string[],
  now: number,
): string | undefined {
  const kinds = alertKinds(monitors);
  if (!kinds.includes(kind)) return `there is no monitor '${kind}': ${suggestion(kind, kinds)}`;
  if (monitorId !== `${model}/${kind}`) return `${monitorId} is not the monitor ${kind} of ${model}`;
  if (reason.trim() === '') return 'a silence needs a reason';
  if (until <= now) return `a silence must end later than now: ${new Date(until).toISOString()} is over`;
  if (until - now > MAX_SILENCE_MS)
    return 'a silence lasts a year at most: take the monitor out of the policy instead';
  return undefined;
}

/** INPUT_INVALID when something is wrong with a silence. */
export function assertSilence(asked: AlertSilenceRequested, monitors: readonly string[], now: number): void {
  const fault = faultOfSilence(asked, monitors, now);
  if (fault !== undefined) throw new EpochlogError('INPUT_INVALID', fault);
}
