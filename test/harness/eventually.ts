import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves with the first value that is not undefined. */
export async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(5);
  }
}
