import kafkajs, { type Cluster } from 'kafkajs';
import { partitionKey } from '../../../kernel/partitions.ts';
import type { Position } from '../../../kernel/ports/log.ts';

import { target } from './targets.ts';

type Partition = Omit<Position, 'offset'>;

/** Where partitions end, as far as the cluster's connections see: committed records, or all. */
export async function endsOf(cluster: Cluster, partitions: readonly Partition[]): Promise<Position[]> {
  await target(cluster, partitions);
  const ends = await cluster.fetchTopicsOffset(
    byTopic(partitions).map((topic) => ({ ...topic, fromBeginning: false })),
  );
  const offsets = new Map(
    ends.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => [partitionKey({ topic, partition }), Number(offset)]),
    ),
  );
  return partitions.map((partition) => {
    const offset = offsets.get(partitionKey(partition));
    if (offset !== undefined) return { ...partition, offset };
    throw new kafkajs.KafkaJSError(`no broker says where ${partitionKey(partition)} ends`);
  });
}

/** Partitions in the form of kafkajs, whose questions carry the offsets that only answers need. */
export const byTopic = (partitions: readonly Partition[]) =>
  [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, members]) => ({
    topic,
    partitions: members.map(({ partition }) => ({ partition, offset: '-1' })),
  }));
