import type { Cluster } from 'kafkajs';
import type { Position } from '../../../kernel/ports/log.ts';

/**
 * Loads the metadata of these partitions into the cluster. kafkajs requests the metadata of a topic once, and takes the
 * topic for known even if the request failed.
 */
export async function loadMetadata(
  cluster: Cluster,
  partitions: readonly Omit<Position, 'offset'>[],
): Promise<void> {
  const topics = [...new Set(partitions.map(({ topic }) => topic))];
  await cluster.addMultipleTargetTopics(topics);
  const isMissing = (topic: string) => cluster.findTopicPartitionMetadata(topic).length === 0;
  if (topics.some(isMissing)) await cluster.refreshMetadata();
}
