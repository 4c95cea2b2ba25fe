import { openClickHouse } from '../../infra/warehouse/open.ts';
import { startClickHouseServer } from '../harness/clickhouse-server.ts';
import { warehouseContract } from './warehouse.ts';

const { TEST_CLICKHOUSE_URL: url, TEST_CLICKHOUSE_USER: username = 'default' } = process.env;
const { TEST_CLICKHOUSE_PASSWORD: password = '' } = process.env;

/** The server that the environment names, or the engine behind TCP. */
warehouseContract('a ClickHouse server', async () => {
  if (url) {
    const warehouse = await openClickHouse({ url, username, password }, 'epochlog_contract');
    return { warehouse, close: () => warehouse.close() };
  }
  const server = await startClickHouseServer();
  const warehouse = await openClickHouse(server, 'epochlog_contract');
  return {
    warehouse,
    async close() {
      await warehouse.close();
      await server[Symbol.asyncDispose]();
    },
  };
});
