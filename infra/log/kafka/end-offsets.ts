import kafkajs, { type Cluster } from 'kafkajs';
import { partitionKey } from '../../../kernel/partitions.ts';
import type { Position } from '../../../kernel/ports/log.ts';
import { loadMetadata } from './metadata.ts';

type Partition = Omit<Position, 'offset'>;

/** End offsets by the isolation of the cluster: the last stable offset for committed records, else the high watermark. */
export async function fetchEndOffsets(
  cluster: Cluster,
  partitions: readonly Partition[],
): Promise<Position[]> {
  await loadMetadata(cluster, partitions);
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
    throw new kafkajs.KafkaJSError(`no broker tells the end offset of ${partitionKey(partition)}`);
  });
}

/** Partitions in the form of kafkajs, whose types want an offset in the request too. */
export const byTopic = (partitions: readonly Partition[]) =>
  [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, members]) => ({
    topic,
    partitions: members.map(({ partition }) => ({ partition, offset: '-1' })),
  }));
