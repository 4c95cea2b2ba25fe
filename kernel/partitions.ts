import type { Shard } from './ports/log.ts';
import { originalTopicOf } from './topics.ts';

/** The name of a partition, `topic/number`. */
export const partitionKey = ({ topic, partition }: Partition): string => `${topic}/${partition}`;

/** Into how many shards partitions can be divided. */
export const shardLimit = (partitions: readonly Partition[]): number => new Set(partitions.map(pairOf)).size;

type Partition = { topic: string; partition: number };

const pairOf = ({ topic, partition }: Partition): string =>
  partitionKey({ topic: originalTopicOf(topic), partition });

/**
 * The partitions of a shard: those of all topics, by name and number, dealt out one after the other. A topic's dead
 * letters go with it.
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
