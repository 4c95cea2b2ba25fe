import { EpochlogError } from '../errors.ts';
import { partitionsOfShard } from '../partitions.ts';
import { type Consumer, type EventLog, type Position, type Shard, SINGLE_SHARD } from '../ports/log.ts';
import type { Service } from '../service.ts';
import type { Topology } from './topology.ts';

/** A shard's consumer. */
export interface Subscription {
  consumer: Consumer;
  /** the next offset of each partition: records before it have been processed */
  committed: readonly Position[];
}

/**
 * Subscribes to a shard's partitions, after the offsets that the group has committed. A service that runs everywhere
 * begins at the end offsets, and commits none.
 */
export async function subscribe(
  service: Service,
  { consumed }: Topology,
  shard: Shard,
  log: EventLog,
): Promise<Subscription> {
  if (service.runs === 'everywhere') return subscribeOutsideGroup(log, consumed);
  const consumer = await log.consumer(service.name, consumed, shard);
  return { consumer, committed: partitionsOfShard(shard, await log.committed(service.name, consumed)) };
}

async function subscribeOutsideGroup(log: EventLog, topics: readonly string[]): Promise<Subscription> {
  const ends = await log.endOffsets(topics);
  const follower = log.follow(ends);
  const consumer: Consumer = {
    poll: (limit, signal) => follower.poll(limit, signal),
    positions: () => follower.positions(),
    close: () => follower.close(),
    async commit(_next, outputs) {
      if (outputs.length > 0) await log.append(outputs);
    },
  };
  return { consumer, committed: ends };
}

/** The number of shards of a service. */
export const maxShards = ({ runs }: Service): number =>
  typeof runs === 'object' ? runs.shards : SINGLE_SHARD.of;

/** CONFIG_INVALID when a shard would not consume the facts that it numbers. */
export function assertShardable(service: Service, { consumed, owned }: Topology): void {
  const foreign = owned.find((topic) => !consumed.includes(topic));
  if (maxShards(service) === 1 || foreign === undefined) return;
  throw new EpochlogError(
    'CONFIG_INVALID',
    `${service.name} cannot be sharded: it writes ${foreign} without consuming it, so two shards could write one aggregate`,
  );
}
