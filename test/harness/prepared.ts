import { startClickHouseServer } from './clickhouse-server.ts';
import { type Cluster, type ClusterOptions, startCluster } from './cluster/cluster.ts';
import { text } from './command.ts';
import { temporaryFolder } from './folder.ts';
import { pushedSchemas } from './pushed-schemas.ts';

/** A cluster with all topics and schemas, and the environment of commands that use it. */
export interface PreparedCluster extends AsyncDisposable {
  cluster: Cluster;
  environment: Record<string, string>;
}

/** Starts Kafka and a registry, and prepares them as the documented commands do. */
export async function preparedCluster(options: ClusterOptions = {}): Promise<PreparedCluster> {
  await using stack = new AsyncDisposableStack();
  const schemas = await pushedSchemas();
  const cluster = stack.use(await startCluster({ ...options, registry: true, schemas }));
  const home = await temporaryFolder('prepared');
  stack.defer(() => home.remove());
  const environment = {
    EPOCHLOG_LOG: `kafka://${cluster.brokers.join(',')}`,
    EPOCHLOG_REGISTRY: cluster.registryUrl,
  };
  await text(home.path, ['topics', 'apply'], environment);
  const prepared = stack.move();
  return { cluster, environment, [Symbol.asyncDispose]: () => prepared.disposeAsync() };
}

/** The same with a ClickHouse that has all tables. */
export async function preparedServers(): Promise<PreparedCluster> {
  await using stack = new AsyncDisposableStack();
  const [{ cluster, ...prepared }, clickhouse] = await Promise.all([
    preparedCluster().then((started) => stack.use(started)),
    startClickHouseServer().then((started) => stack.use(started)),
  ]);
  const home = stack.use(await temporaryFolder('prepared'));
  const environment = { ...prepared.environment, ...clickhouse.environment };
  await text(home.path, ['projections', 'apply'], environment);
  const servers = stack.move();
  return { cluster, environment, [Symbol.asyncDispose]: () => servers.disposeAsync() };
}
