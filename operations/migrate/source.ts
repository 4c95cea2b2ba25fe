import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../infra/config/schema.ts';
import { type HomePaths, lockHome, openHome } from '../../infra/home.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { SourceLog } from './source-log.ts';

/** A locked home, and its log, which is only read. */
export interface SourceHome extends AsyncDisposable {
  paths: HomePaths;
  source: SourceLog;
}

/**
 * Locks a home and opens its log. NOT_FOUND when there is no log, INPUT_EMPTY when it is empty, HOME_LOCKED while
 * another process runs services on the home.
 */
export async function openSource({ home }: Config): Promise<SourceHome> {
  if (!existsSync(join(home, 'log', 'data.mdb'))) {
    throw new EpochlogError(
      'NOT_FOUND',
      `${home} holds no log: set EPOCHLOG_HOME to the folder whose log is to be migrated`,
    );
  }
  await using stack = new AsyncDisposableStack();
  const { paths } = await openHome(home);
  const lock = await lockHome(home);
  stack.defer(() => lock.release());
  const { openEmbeddedLog } = await import('../../infra/log/embedded/log.ts'); // LMDB takes its time to load
  const log = await openEmbeddedLog({ path: paths.log });
  stack.defer(() => log.close());
  const source = await SourceLog.of(log);
  if (source.size === 0) {
    throw new EpochlogError(
      'INPUT_EMPTY',
      `the log in ${home} is empty: there is nothing to migrate, start the services on Kafka`,
    );
  }
  const opened = stack.move();
  return { paths, source, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
