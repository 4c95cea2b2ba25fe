import { resolve } from 'node:path';
import { closeEnvironment, type Environment, openEnvironment } from './environment.ts';

/** An environment that is open in this process, and how many have it. */
interface Open {
  environment: Promise<Environment>;
  users: number;
}

/** An environment for as long as one needs it. */
export interface Borrowed {
  environment: Environment;
  /** Closes it when nobody else in this process has it. */
  release(): Promise<void>;
}

const open = new Map<string, Open>();
const closing = new Map<string, Promise<void>>();

/**
 * Opens the environment in a folder, once for all of this process. To open it a second time would take LMDB's write
 * lock on this thread, and wait for ever if a transaction has it that goes on only when this thread is free. Errors are
 * those of `openEnvironment`.
 */
export async function borrowEnvironment(path: string): Promise<Borrowed> {
  const place = resolve(path);
  await closing.get(place);
  const entry = open.get(place) ?? { environment: openEnvironment(path), users: 0 };
  open.set(place, entry);
  entry.users += 1;
  const leave = () => {
    entry.users -= 1;
    if (entry.users === 0) open.delete(place);
    return entry.users === 0;
  };
  try {
    const environment = await entry.environment;
    return {
      environment,
      async release() {
        if (!leave()) return;
        const closed = closeEnvironment(environment).finally(() => closing.delete(place));
        closing.set(place, closed);
        await closed;
      },
    };
  } catch (error) {
    leave();
    throw error;
  }
}
