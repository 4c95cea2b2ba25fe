import { hash } from 'node:crypto';

/** JavaScript and MLflow's stores hold it exactly */
const ID_RANGE = 10n ** 15n;

/**
 * The id of a new experiment of a tracking client, 1 to 15 digits that follow from its name: a client that creates it twice, or two
 * that create it at once, mean the same one. Where an experiment that was renamed has it, the next.
 */
export function experimentIdOf(name: string, isTaken: (id: string) => boolean): string {
  for (let salt = 0; ; salt++) {
    const digest = hash('sha256', salt === 0 ? name : `${name}\n${salt}`, 'hex');
    const id = String((BigInt(`0x${digest}`) % (ID_RANGE - 1n)) + 1n);
    if (!isTaken(id)) return id;
  }
}
