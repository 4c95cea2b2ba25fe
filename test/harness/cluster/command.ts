/**
 * `node test/harness/cluster/command.ts fetch` fetches Kafka and a schema registry into the cache; `… start [--brokers N]`
 * starts them on free ports of the loopback, prints their addresses, and stops them at Ctrl-C.
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { startCluster } from './cluster.ts';
import { fetchDistributions } from './distributions.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { brokers: { type: 'string', default: '1' } },
});

if (positionals[0] === 'fetch') {
  await fetchDistributions();
} else if (positionals[0] === 'start') {
  await using cluster = await startCluster({ brokers: Number(values.brokers), registry: true });
  console.log(
    JSON.stringify({ brokers: cluster.brokers, registry: cluster.registryUrl, logs: cluster.folder }),
  );
  const keepAlive = setInterval(() => {}, 2 ** 30);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  clearInterval(keepAlive);
} else {
  console.error('usage: node test/harness/cluster/command.ts fetch | start [--brokers N]');
  process.exitCode = 2;
}
