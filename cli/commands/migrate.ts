import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { check, isProved, type Migration, move } from '../../operations/migrate/migrate.ts';
import { openSource } from '../../operations/migrate/source.ts';
import { action } from '../action.ts';
import { openWarehouse } from '../adapters/warehouse.ts';
import { EXIT } from '../exit.ts';
import { onInterrupt, rejection } from '../interrupt.ts';
import { createLogger } from '../logger.ts';
import { tellMoved, tellReadiness } from '../migrate/report.ts';
import { openTarget } from '../migrate/target.ts';
import { bar } from '../output.ts';

interface Options {
  to?: string;
  check?: boolean;
}

/** `epochlog migrate`: the log of one machine becomes the log of a cluster. */
export function register(program: Command): void {
  const migrate = program
    .command('migrate')
    .description('move the log of this machine into Kafka, and prove that all is there')
    .option('--to <log>', 'where to: kafka, the cluster that EPOCHLOG_LOG and EPOCHLOG_REGISTRY name')
    .option('--check', 'only say what would be moved, and whether the cluster is ready');
  action<Options>(migrate, async (options, { config, output }) => {
    if (options.to !== 'kafka') {
      const said = options.to === undefined ? '' : `, not '${options.to}'`;
      throw new EpochlogError('INPUT_INVALID', `a log can be moved to Kafka: say --to kafka${said}`);
    }
    using interrupt = onInterrupt();
    const { signal } = interrupt;
    try {
      await using source = await openSource(config);
      await using target = await openTarget(config, source);
      const atHome = { ...config, log: undefined, clickhouse: undefined };
      const migration: Migration = {
        source,
        openWarehouse: () => openWarehouse(atHome, source.paths.warehouse, createLogger(config.logLevel)),
        target,
        signal,
        onProgress: (text, fraction) =>
          output.progress(fraction === undefined ? text : `${bar(fraction)} ${text}`),
      };
      if (options.check) {
        return tellReadiness(await Promise.race([check(migration), rejection(signal)]), config, output);
      }
      const moved = await Promise.race([move(migration), rejection(signal)]);
      tellMoved(moved, config, output);
      if (!isProved(moved)) process.exitCode = EXIT.unverified.code;
    } catch (error) {
      signal.throwIfAborted(); // whatever else breaks then follows from it
      throw error;
    }
  });
}
