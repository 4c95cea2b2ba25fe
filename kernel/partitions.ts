import type { Position, Shard } from './ports/log.ts';
import { originalTopicOf } from './topics.ts';

/** The name of a partition, `topic/number`. */
export const partitionKey = ({ topic, partition }: Partition): string => `${topic}/${partition}`;

/** The name of a position, `topic/number@offset`. */
export const positionKey = (position: Position): string => `${partitionKey(position)}@${position.offset}`;

/** Into how many shards partitions can be split at most. */
export const shardLimit = (partitions: readonly Partition[]): number => new Set(partitions.map(pairOf)).size;

type Partition = { topic: string; partition: number };

const pairOf = ({ topic, partition }: Partition): string =>
  partitionKey({ topic: originalTopicOf(topic), partition });

/**
 * The partitions of a shard: those of all topics, ordered by name and number, are assigned round robin. A partition of a
 * dead-letter topic is in the shard of its original.
 */
export function partitionsOfShard<P extends Partition>(shard: Shard, partitions: readonly P[]): P[] {
  if (shard.of === 1) return [...partitions];
  const pairs = new Set(partitions.map(pairOf));
  const order = new Map([...pairs].sort(byTopicAndNumber).map((pair, index) => [pair, index]));
  return partitions.filter((partition) => order.get(pairOf(partition))! % shard.of === shard.index);
}

function byTopicAndNumber(a: string, b: string): number {
  const [[topicA, numberA], [topicB, numberB]] = [split(a), split(b)];
  return topicA === topicB ? numberA - numberB : topicA < topicB ? -1 : 1;
}

function split(pair: string): [topic: string, number: number] {
  const slash = pair.lastIndexOf('/');
  return [pair.slice(0, slash), Number(pair.slice(slash + 1))];
}
