import type { EpochReport } from '../../ml/engines/engine.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { EpochCompleted } from '../../schemas/events.generated.ts';
import type { Usage } from './protocol.ts';
import type { TrainerSettings } from './settings.ts';

type Power = Pick<TrainerSettings, 'watts' | 'gramsPerKwh'>;

/** The fact of an epoch: what the engine reports, what the machine took, and what the energy is estimated at. */
export function epochCompleted(
  runId: string,
  { samples, ...report }: EpochReport,
  { seconds, cpuSeconds, rssBytes }: Usage,
  power: Power,
): NewEvent<'EpochCompleted'> {
  return newEvent('EpochCompleted', {
    runId,
    learningRate: null,
    gradientNorm: null,
    device: null,
    deviceBytes: null,
    ...report,
    seconds,
    samplesPerSecond: samples !== undefined && seconds > 0 ? samples / seconds : null,
    cpuPercent: seconds > 0 ? (100 * cpuSeconds) / seconds : null,
    rssBytes,
    energy: energyOf(seconds, power),
  });
}

/** Energy is power by time: an estimate from a stated figure, undefined power gives none. */
function energyOf(seconds: number, { watts, gramsPerKwh }: Power): EpochCompleted['energy'] {
  if (watts === undefined) return null;
  const wattHours = (watts * seconds) / 3_600;
  const co2Grams = gramsPerKwh === undefined ? null : (gramsPerKwh * wattHours) / 1_000;
  return { watts, wattHours, gramsPerKwh: gramsPerKwh ?? null, co2Grams };
}
