import { join } from 'node:path';
import type { Config } from '../../infra/config/schema.ts';
import { openClickHouse } from '../../infra/warehouse/open.ts';
import { socketPathFor } from '../../infra/warehouse/embedded/socket-path.ts';
import { openEmbedded } from '../../infra/warehouse/embedded/start.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';

/** Where the migrations and the named queries are. */
export const PROJECTIONS = join(import.meta.dirname, '../../projections');

/** The ClickHouse server that the configuration names, or the engine on a folder, which this process starts. */
export async function openWarehouse(config: Config, folder: string, logger: Logger): Promise<Warehouse> {
  return config.clickhouse
    ? openServer(config, config.clickhouse)
    : openEmbedded(folder, config.clickhouseDatabase, logger);
}

/** The same, where the engine on the folder belongs to another process. */
export async function joinWarehouse(config: Config, folder: string): Promise<Warehouse> {
  return config.clickhouse
    ? openServer(config, config.clickhouse)
    : openClickHouse({ socketPath: socketPathFor(folder) }, config.clickhouseDatabase);
}

const openServer = (config: Config, url: string): Promise<Warehouse> => {
  const { clickhouseUser: username, clickhousePassword: password, clickhouseDatabase: database } = config;
  return openClickHouse({ url, username, password }, database);
};
