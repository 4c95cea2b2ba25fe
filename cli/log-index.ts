import type { Config } from '../infra/config/schema.ts';
import { pathsOf } from '../infra/home.ts';
import { EpochlogError } from '../kernel/errors.ts';
import { topicOf } from '../kernel/topics.ts';
import type { LookUp } from '../operations/events/look-up.ts';
import { warehouseIndex } from '../operations/events/warehouse-index.ts';
import type { Store } from '../operations/session.ts';
import { joinWarehouse } from './adapters/warehouse.ts';

/**
 * Runs a command with an index of the log: its own, or for Kafka, which has none, the warehouse. When that does not
 * answer, the command gets none, and a line on standard error says so: then the log must be scanned.
 */
export async function withIndex<T>(
  { log }: Store,
  config: Config,
  streams: readonly string[],
  command: (lookUp: LookUp | undefined) => Promise<T>,
): Promise<T> {
  if (log.lookUp) return command(log.lookUp.bind(log));
  await using stack = new AsyncDisposableStack();
  let lookUp: LookUp | undefined;
  try {
    const warehouse = await joinWarehouse(config, pathsOf(config.home).warehouse);
    stack.defer(() => warehouse.close());
    await warehouse.query('SELECT 1 FROM events LIMIT 1');
    lookUp = await warehouseIndex(log, warehouse, streams.map(topicOf));
  } catch (error) {
    if (!(error instanceof EpochlogError)) throw error;
    process.stderr.write(`the log is scanned, without the projections: ${error.message} [${error.code}]\n`);
  }
  return command(lookUp);
}
