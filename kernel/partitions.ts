import type { Position, Shard } from './ports/log.ts';
import { originalTopicOf } from './topics.ts';

/** The name of a partition, `topic/number`. */
export const partitionKey = ({ topic, partition }: Partition): string => `${topic}/${partition}`;

/** The name of a position, `topic/number@offset`. */
export const positionKey = (position: Position): string => `${partitionKey(position)}@${position.offset}`;

/** Values by partition; a look-up builds no key. */
export class PartitionMap<V> {
  readonly #topics = new Map<string, (V | undefined)[]>();

  get({ topic, partition }: Partition): V | undefined {
    return this.#topics.get(topic)?.[partition];
  }

  set({ topic, partition }: Partition, value: V): void {
    const values = this.#topics.get(topic) ?? [];
    values[partition] = value;
    this.#topics.set(topic, values);
  }

  values(): V[] {
    return [...this.#topics.values()].flatMap((values) => values.filter((value) => value !== undefined));
  }
}

/** Into how many shards partitions can be split at most. */
export const shardLimit = (partitions: readonly Partition[]): number =>
  new Set(partitions.map(shardKeyOf)).size;

type Partition = { topic: string; partition: number };

/** The same for a partition and its dead-letter partition. */
const shardKeyOf = ({ topic, partition }: Partition): string =>
  partitionKey({ topic: originalTopicOf(topic), partition });

/**
 * The partitions of a shard: those of all topics, ordered by name and number, are assigned round robin. A partition of a
 * dead-letter topic is in the shard of its original.
 */
export function partitionsOfShard<P extends Partition>(shard: Shard, partitions: readonly P[]): P[] {
  if (shard.of === 1) return [...partitions];
  const keys = new Set(partitions.map(shardKeyOf));
  const order = new Map([...keys].sort(byTopicAndNumber).map((key, index) => [key, index]));
  return partitions.filter((partition) => order.get(shardKeyOf(partition))! % shard.of === shard.index);
}

function byTopicAndNumber(a: string, b: string): number {
  const [[topicA, numberA], [topicB, numberB]] = [split(a), split(b)];
  return topicA === topicB ? numberA - numberB : topicA < topicB ? -1 : 1;
}

function split(key: string): [topic: string, number: number] {
  const slash = key.lastIndexOf('/');
  return [key.slice(0, slash), Number(key.slice(slash + 1))];
}
