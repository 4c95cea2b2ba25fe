import type { Share } from './ports/log.ts';

/** The name of a partition, `topic/number`. */
export const partitionKey = ({ topic, partition }: Partition): string => `${topic}/${partition}`;

/** Into how many shares partitions can be divided. */
export const divisible = (partitions: readonly Partition[]): number => new Set(partitions.map(pairOf)).size;

type Partition = { topic: string; partition: number };

const pairOf = ({ topic, partition }: Partition): string => `${topic.replace(/\.dlq$/, '')}/${partition}`;

/**
 * The partitions of a share: those of all topics, by name and number, dealt out one after the other. A topic's dead
 * letters go with it.
 */
export function partitionsIn<P extends Partition>(share: Share, partitions: readonly P[]): P[] {
  if (share.of === 1) return [...partitions];
  const pairs = new Set(partitions.map(pairOf));
  const order = new Map([...pairs].sort(byTopicAndNumber).map((pair, index) => [pair, index]));
  return partitions.filter((partition) => order.get(pairOf(partition))! % share.of === share.index);
}

function byTopicAndNumber(a: string, b: string): number {
  const [[topicA, numberA], [topicB, numberB]] = [split(a), split(b)];
  return topicA === topicB ? numberA - numberB : topicA < topicB ? -1 : 1;
}

function split(pair: string): [topic: string, number: number] {
  const slash = pair.lastIndexOf('/');
  return [pair.slice(0, slash), Number(pair.slice(slash + 1))];
}
