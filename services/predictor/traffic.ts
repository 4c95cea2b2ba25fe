import { hash } from 'node:crypto';
import type { PredictionServed } from '../../schemas/events.generated.ts';
import { DIRECT } from '../../schemas/predictions/direct.ts';

/** What a prediction says of the deployment or the experiment that was running. */
export type Traffic = Pick<PredictionServed, keyof typeof DIRECT>;

/** How the traffic of a model is split. */
export interface Split {
  readonly deploymentId: string;
  readonly stage: number;
  /** per cent of the keys that the candidate answers */
  readonly share: number;
}

const BYTES = 6;

/**
 * Where a key falls in a split, uniform in [0, 100): the same key always in the same place, and in another split
 * independently of this one (its id salts the hash, SHA-256). A share that grows keeps the keys that it had.
 */
export function placeOf(deploymentId: string, key: string): number {
  const digest = hash('sha256', `${deploymentId}/${key}`, 'buffer');
  return (digest.readUIntBE(0, BYTES) / 2 ** (8 * BYTES)) * 100;
}

/** What predictions and experiments know a routing key by, in place of the key: 64 bits of its SHA-256. */
export const unitOf = (model: string, key: string): string =>
  hash('sha256', `${model}/${key}`, 'hex').slice(0, 16);

/** Which variant answers a key. */
export function trafficOf({ deploymentId, stage, share }: Split, key: string): Traffic {
  const variant = placeOf(deploymentId, key) < share ? 'candidate' : 'production';
  return { ...DIRECT, variant, deploymentId, stage };
}
