import type { Cluster } from 'kafkajs';
import type { Position } from '../../../kernel/ports/log.ts';

/**
 * Makes the cluster's connections know where these partitions are. kafkajs asks for a topic when it meets it for the
 * first time, and takes it for known even if it got no answer.
 */
export async function target(
  cluster: Cluster,
  partitions: readonly Omit<Position, 'offset'>[],
): Promise<void> {
  const topics = [...new Set(partitions.map(({ topic }) => topic))];
  await cluster.addMultipleTargetTopics(topics);
  const isMissing = (topic: string) => cluster.findTopicPartitionMetadata(topic).length === 0;
  if (topics.some(isMissing)) await cluster.refreshMetadata();
}
