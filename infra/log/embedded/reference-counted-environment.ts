import { resolve } from 'node:path';
import type { Environment } from './databases.ts';
import { closeEnvironment, openEnvironment } from './environment.ts';

interface Entry {
  environment: Promise<Environment>;
  references: number;
}

export interface EnvironmentReference {
  environment: Environment;
  /** Closes the environment with its last reference. */
  release(): Promise<void>;
}

const open = new Map<string, Entry>();
const closing = new Map<string, Promise<void>>();

/**
 * Opens the environment in a folder once for the process, reference-counted. A second open would take LMDB's write lock
 * on this thread, a deadlock when a transaction that holds it needs this thread to go on. Errors: see
 * `openEnvironment`.
 */
export async function acquireEnvironment(path: string): Promise<EnvironmentReference> {
  const folder = resolve(path);
  await closing.get(folder);
  const entry = open.get(folder) ?? { environment: openEnvironment(path), references: 0 };
  open.set(folder, entry);
  entry.references += 1;
  const isLastReleased = () => {
    entry.references -= 1;
    if (entry.references === 0) open.delete(folder);
    return entry.references === 0;
  };
  try {
    const environment = await entry.environment;
    return {
      environment,
      async release() {
        if (!isLastReleased()) return;
        const closed = closeEnvironment(environment).finally(() => closing.delete(folder));
        closing.set(folder, closed);
        await closed;
      },
    };
  } catch (error) {
    isLastReleased();
    throw error;
  }
}
