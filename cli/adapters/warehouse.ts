import type { Config } from '../../infra/config/schema.ts';
import { socketPathFor } from '../../infra/warehouse/embedded/socket-path.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';

/**
 * Where the engine keeps its data. Projections know the places of their events: those of a log in Kafka are not those
 * of the embedded log that a home may hold, also when it was moved there.
 */
const folderFor = ({ log }: Config, folder: string): string => (log ? `${folder}-of-kafka` : folder);

/**
 * The ClickHouse server that the configuration names, or the engine on a folder, which this process starts. Requests to
 * a server are given up when the signal aborts.
 */
export async function openWarehouse(
  config: Config,
  folder: string,
  logger: Logger,
  signal?: AbortSignal,
): Promise<Warehouse> {
  if (config.clickhouse) return openServer(config, signal);
  const { openEmbedded } = await import('../../infra/warehouse/embedded/start.ts');
  return openEmbedded(folderFor(config, folder), config.clickhouseDatabase, logger);
}

/** The same, where the engine on the folder belongs to another process. */
export async function joinWarehouse(config: Config, folder: string): Promise<Warehouse> {
  if (config.clickhouse) return openServer(config);
  const { openClickHouse } = await import('../../infra/warehouse/open.ts');
  return openClickHouse({ socketPath: socketPathFor(folderFor(config, folder)) }, config.clickhouseDatabase);
}

/** The ClickHouse server that the configuration names; CONFIG_INVALID when it names none. */
export async function openServer(config: Config, signal?: AbortSignal): Promise<Warehouse> {
  const { clickhouse: url, clickhouseUser: username, clickhousePassword: password } = config;
  if (!url) {
    throw new EpochlogError(
      'CONFIG_INVALID',
      'no ClickHouse server is named: set EPOCHLOG_CLICKHOUSE to its base URL; ' +
        'the embedded warehouse applies the migrations by itself when it starts',
    );
  }
  const { openClickHouse } = await import('../../infra/warehouse/open.ts');
  return openClickHouse(
    { url, username, password, replicated: config.clickhouseReplicated, signal },
    config.clickhouseDatabase,
  );
}

/** For services that do without: whoever touches it is wrong about itself. */
export function noWarehouse(): Warehouse {
  const fail = async (): Promise<never> => {
    throw new Error('a service that uses the warehouse has to say so (usesWarehouse)');
  };
  return {
    database: '',
    query: fail,
    insert: fail,
    command: fail,
    scratch: fail,
    ping: fail,
    close: async () => {},
  };
}
