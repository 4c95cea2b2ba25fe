import { EpochlogError } from '../errors.ts';
import { partitionsOfShard } from '../partitions.ts';
import { type Consumer, type EventLog, type Position, type Shard, SINGLE_SHARD } from '../ports/log.ts';
import type { Service } from '../service.ts';
import type { Inputs } from './inputs.ts';

/** From where a service takes what it reacts to. */
export interface Intake {
  consumer: Consumer;
  /** where it begins: what is before has been processed */
  from: readonly Position[];
}

/**
 * Takes a shard of a service's inputs, and begins after what its group has committed. A service that runs everywhere
 * begins at the end, and its offsets are its own.
 */
export async function openIntake(
  service: Service,
  { consumed }: Inputs,
  shard: Shard,
  log: EventLog,
): Promise<Intake> {
  if (service.runs === 'everywhere') return follow(log, consumed);
  const consumer = await log.consumer(service.name, consumed, shard);
  return { consumer, from: partitionsOfShard(shard, await log.committed(service.name, consumed)) };
}

async function follow(log: EventLog, topics: readonly string[]): Promise<Intake> {
  const from = await log.endOffsets(topics);
  const follower = log.follow(from);
  const consumer: Consumer = {
    poll: (limit, signal) => follower.poll(limit, signal),
    positions: () => follower.positions(),
    close: () => follower.close(),
    async commit(_next, outputs) {
      if (outputs.length > 0) await log.append(outputs);
    },
  };
  return { consumer, from };
}

/** Into how many shards a service may be divided. */
export const maxShards = ({ runs }: Service): number =>
  typeof runs === 'object' ? runs.shards : SINGLE_SHARD.of;

/** What an aggregate's shard knows of it has to be in the shard's own partitions. */
export function assertShardable(service: Service, { consumed, owned }: Inputs): void {
  const foreign = owned.find((topic) => !consumed.includes(topic));
  if (maxShards(service) === 1 || foreign === undefined) return;
  throw new EpochlogError(
    'CONFIG_INVALID',
    `${service.name} cannot be shared: it writes ${foreign} without consuming it, and an aggregate's events would have two authors`,
  );
}
