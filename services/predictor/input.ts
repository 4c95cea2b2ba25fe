import { hash } from 'node:crypto';
import { LIMITS } from '../../kernel/texts.ts';
import type { Instance } from '../../ml/instance/schema.ts';
import type { PredictionServed } from '../../schemas/events.generated.ts';

/** What a prediction records of its instance. */
export type RecordedInput = Pick<PredictionServed, 'inputHash' | 'input'>;

/**
 * The JSON of a valid instance: fields in the order of their names, without what is missing (null, or the empty text). Equal
 * for a model is equal here, whatever the client left out and in which order it gave the rest.
 */
export function canonicalInput(instance: Instance): string {
  const given = Object.entries(instance).filter(([, value]) => value !== null && value !== '');
  return JSON.stringify(Object.fromEntries(given.sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** SHA-256 of the canonical input, and itself if it is to be kept and fits an event. */
export function recordedInput(instance: Instance, keep: boolean): RecordedInput {
  const input = canonicalInput(instance);
  const isKept = keep && input.length <= LIMITS.value;
  return { inputHash: hash('sha256', input), input: isKept ? input : null };
}
