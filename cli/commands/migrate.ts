import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { action } from '../action.ts';
import { EXIT } from '../exit.ts';
import { onInterrupt, rejection } from '../interrupt.ts';
import { openTarget } from '../migrate/cluster.ts';
import { openSource } from '../migrate/home.ts';
import { check, isProved, type Migration, move } from '../migrate/migrate.ts';
import { tellMoved, tellReadiness } from '../migrate/report.ts';

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
      await using target = await openTarget(config, source.snapshot.topics);
      const migration: Migration = { config, source, target, output, signal };
      if (options.check) {
        return tellReadiness(await Promise.race([check(migration), rejection(signal)]), migration);
      }
      const moved = await Promise.race([move(migration), rejection(signal)]);
      tellMoved(moved, migration);
      if (!isProved(moved)) process.exitCode = EXIT.unverified.code;
    } catch (error) {
      signal.throwIfAborted(); // whatever else breaks then follows from it
      throw error;
    }
  });
}
