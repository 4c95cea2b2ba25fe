import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../infra/config/schema.ts';
import { type HomePaths, lockHome, openHome } from '../../infra/home.ts';
import { openEmbeddedLog } from '../../infra/log/embedded/log.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { Snapshot } from './source-log.ts';

/** A home whose log is moved: locked, and its log only read. */
export interface SourceHome extends AsyncDisposable {
  paths: HomePaths;
  snapshot: Snapshot;
}

/**
 * Locks a home and opens its log. NOT_FOUND when there is none, INPUT_EMPTY when it holds nothing, HOME_LOCKED while
 * services are at work on it.
 */
export async function openSource({ home }: Config): Promise<SourceHome> {
  if (!existsSync(join(home, 'log', 'data.mdb'))) {
    throw new EpochlogError(
      'NOT_FOUND',
      `${home} holds no log: set EPOCHLOG_HOME to the folder whose log is to be moved`,
    );
  }
  await using stack = new AsyncDisposableStack();
  const { paths } = await openHome(home);
  const lock = await lockHome(home);
  stack.defer(() => lock.release());
  const log = await openEmbeddedLog({ path: paths.log });
  stack.defer(() => log.close());
  const snapshot = await Snapshot.of(log);
  if (snapshot.size === 0) {
    throw new EpochlogError(
      'INPUT_EMPTY',
      `the log in ${home} is empty: there is nothing to move, services can begin on Kafka at once`,
    );
  }
  const opened = stack.move();
  return { paths, snapshot, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
