import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { check, isVerified, type Migration, migrate } from '../../operations/migrate/migrate.ts';
import { openSource } from '../../operations/migrate/source.ts';
import { action } from '../action.ts';
import { openWarehouse } from '../adapters/warehouse.ts';
import { EXIT } from '../exit.ts';
import { about } from '../help.ts';
import { onInterrupt, rejection } from '../interrupt.ts';
import { createLogger } from '../logger.ts';
import { printMigrated, printReadiness } from '../migrate/report.ts';
import { openTarget } from '../migrate/target.ts';
import { bar } from '../output.ts';

interface Options {
  to?: string;
  check?: boolean;
}

/** `epochlog migrate`: moves the log of one machine to a cluster. */
export function register(program: Command): void {
  const command = about(program.command('migrate'), 'cluster', ['npx epochlog migrate --to kafka --check'])
    .description('copy the log of this machine to Kafka, and verify the copy')
    .option('--to <log>', 'kafka: the cluster that EPOCHLOG_LOG and EPOCHLOG_REGISTRY name')
    .option('--check', 'only show what would be copied, and whether the cluster is ready');
  action<Options>(command, async (options, { config, output }) => {
    if (options.to !== 'kafka') {
      const said = options.to === undefined ? '' : `, not '${options.to}'`;
      throw new EpochlogError('INPUT_INVALID', `a log can be migrated to Kafka: use --to kafka${said}`);
    }
    using interrupt = onInterrupt();
    const { signal } = interrupt;
    try {
      await using home = await openSource(config);
      await using target = await openTarget(config, home);
      const atHome = { ...config, log: undefined, clickhouse: undefined };
      const migration: Migration = {
        home,
        openWarehouse: () => openWarehouse(atHome, home.paths.warehouse, createLogger(config.logLevel)),
        target,
        signal,
        onProgress: (step, fraction) =>
          output.progress(fraction === undefined ? step : `${bar(fraction)} ${step}`),
      };
      if (options.check) {
        return printReadiness(await Promise.race([check(migration), rejection(signal)]), config, output);
      }
      const migrated = await Promise.race([migrate(migration), rejection(signal)]);
      printMigrated(migrated, config, output);
      if (!isVerified(migrated)) process.exitCode = EXIT.unverified.code;
    } catch (error) {
      signal.throwIfAborted(); // other errors then follow from the interrupt
      throw error;
    }
  });
}
