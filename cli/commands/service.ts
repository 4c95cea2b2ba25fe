import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import type { Service } from '../../kernel/service.ts';
import { action } from '../action.ts';
import { runUntilInterrupted } from '../run.ts';
import { loadServices } from '../services.ts';

/** `epochlog service`: one service of a cluster in a process of its own, until it is told to stop. */
export function register(program: Command): void {
  const service = program
    .command('service')
    .argument('<name>', 'a folder of services/')
    .description('run one service of a cluster, beside others of its kind, until Ctrl-C');
  action<object>(service, async (_, { config, output }, name = '') => {
    const chosen = find(await loadServices(), name);
    if (!config.log) {
      throw new EpochlogError(
        'CONFIG_INVALID',
        'services run in processes of their own on Kafka: set EPOCHLOG_LOG to kafka://host:port, or run `epochlog up`',
      );
    }
    if (chosen.usesWarehouse && !config.clickhouse) {
      throw new EpochlogError(
        'CONFIG_INVALID',
        `${name} uses the warehouse, which other processes use too: set EPOCHLOG_CLICKHOUSE to the URL of a server`,
      );
    }
    await runUntilInterrupted(config, [chosen], ({ url }) => {
      output.result({ service: name, url, pid: process.pid });
      output.line(`${name} is at work; ${url}/health/ready tells how it is. Ctrl-C stops it.`);
    });
  });
}

function find(services: readonly Service[], name: string): Service {
  const found = services.find((service) => service.name === name);
  if (found) return found;
  const names = services.map((service) => service.name).join(', ');
  throw new EpochlogError('INPUT_INVALID', `there is no service '${name}'; there are ${names}`);
}
