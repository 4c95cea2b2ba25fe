import type { Cluster } from 'kafkajs';
import type { Position } from '../../../kernel/ports/log.ts';
import { keyOf } from './records.ts';

type Partition = Omit<Position, 'offset'>;

/** Where partitions end, as far as the cluster's connections see: committed records, or all. */
export async function endsOf(cluster: Cluster, partitions: readonly Partition[]): Promise<Position[]> {
  await cluster.addMultipleTargetTopics([...new Set(partitions.map(({ topic }) => topic))]);
  const ends = await cluster.fetchTopicsOffset(
    byTopic(partitions).map((topic) => ({ ...topic, fromBeginning: false })),
  );
  const offsets = new Map(
    ends.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => [keyOf({ topic, partition }), Number(offset)]),
    ),
  );
  return partitions.map((partition) => ({ ...partition, offset: offsets.get(keyOf(partition)) ?? 0 }));
}

/** Partitions in the form of kafkajs, whose questions carry the offsets that only answers need. */
export const byTopic = (partitions: readonly Partition[]) =>
  [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, members]) => ({
    topic,
    partitions: members.map(({ partition }) => ({ partition, offset: '-1' })),
  }));
