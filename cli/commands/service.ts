import type { Command } from 'commander';
import { openExistingHome } from '../../infra/home.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import type { Service } from '../../kernel/service.ts';
import { action } from '../action.ts';
import { about } from '../help.ts';
import { runUntilInterrupted } from '../run.ts';
import { loadServices } from '../services.ts';

/** `epochlog service`: runs one service of a cluster in this process, until it is told to stop. */
export function register(program: Command): void {
  const service = about(program.command('service'), 'cluster', ['npx epochlog service trainer'])
    .argument('<name>', 'a folder of services/')
    .description('run an instance of one service of a cluster, until Ctrl-C');
  action<object>(service, async (_, { config, output }, name = '') => {
    const chosen = find(await loadServices(), name);
    const isBeside = !config.log && chosen.runs === 'everywhere' && !chosen.usesWarehouse;
    if (!config.log && !isBeside) {
      throw new EpochlogError(
        'CONFIG_INVALID',
        `${name} runs by itself on Kafka only: set EPOCHLOG_LOG to kafka://host:port, or run \`epochlog up\``,
      );
    }
    if (isBeside) await openExistingHome(config.home);
    if (chosen.usesWarehouse && !config.clickhouse) {
      throw new EpochlogError(
        'CONFIG_INVALID',
        `${name} shares the warehouse with other processes: set EPOCHLOG_CLICKHOUSE to the URL of a server`,
      );
    }
    const services = {
      loadServices: async () => [chosen],
      usesWarehouse: chosen.usesWarehouse === true,
      isBeside,
    };
    await runUntilInterrupted(config, services, ({ url }) => {
      output.result({ service: name, url, pid: process.pid });
      output.line(`${name} is running; its health is at ${url}/health/ready. Ctrl-C stops it.`);
    });
  });
}

function find(services: readonly Service[], name: string): Service {
  const found = services.find((service) => service.name === name);
  if (found) return found;
  const names = services.map((service) => service.name);
  throw new EpochlogError('INPUT_INVALID', `there is no service '${name}'; ${suggestion(name, names)}`);
}
