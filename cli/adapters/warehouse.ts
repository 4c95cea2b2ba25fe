import type { Config } from '../../infra/config/schema.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';

/**
 * The data folder of the engine. Projections hold partitions and offsets, so a log in Kafka has its own folder, also in
 * the home that it was migrated from.
 */
const folderFor = ({ log }: Config, folder: string): string => (log ? `${folder}-of-kafka` : folder);

/**
 * Opens the configured ClickHouse server, whose requests the signal aborts, or starts the embedded engine on a folder;
 * `onForked` is called when its process begins, or there will be none.
 */
export async function openWarehouse(
  config: Config,
  folder: string,
  logger: Logger,
  { signal, onForked }: { signal?: AbortSignal; onForked?: () => void } = {},
): Promise<Warehouse> {
  if (config.clickhouse) {
    onForked?.();
    return openServer(config, signal);
  }
  const { openEmbedded } = await import('../../infra/warehouse/embedded/start.ts');
  const { clickhouseDatabase, warehouseMemoryMb } = config;
  const memoryBytes = warehouseMemoryMb && warehouseMemoryMb * 2 ** 20;
  return openEmbedded(folderFor(config, folder), clickhouseDatabase, logger, { memoryBytes, onForked });
}

/** The same, where another process has started the embedded engine. */
export async function joinWarehouse(config: Config, folder: string): Promise<Warehouse> {
  if (config.clickhouse) return openServer(config);
  const { openClickHouse } = await import('../../infra/warehouse/open.ts');
  const { engineIn } = await import('../../infra/warehouse/embedded/access.ts');
  return openClickHouse(engineIn(folderFor(config, folder)), config.clickhouseDatabase);
}

/** Opens the configured ClickHouse server; CONFIG_INVALID when none is configured. */
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
    { url, username, password, analyst: analystOf(config), replicated: config.clickhouseReplicated, signal },
    config.clickhouseDatabase,
  );
}

const analystOf = ({ clickhouseAnalyst: username, clickhouseAnalystPassword: password }: Config) =>
  username === undefined ? undefined : { username, password };

/** For services without a warehouse: any use of it is a defect. */
export function noWarehouse(): Warehouse {
  const fail = async (): Promise<never> => {
    throw new Error('a service that uses the warehouse must set usesWarehouse');
  };
  return {
    database: '',
    query: fail,
    answer: fail,
    insert: fail,
    insertBinary: fail,
    waitFor: fail,
    command: fail,
    scratch: fail,
    ping: fail,
    close: async () => {},
  };
}
