import { EpochlogError } from '../../kernel/errors.ts';
import type { TopicSpec } from '../../kernel/ports/log.ts';

const MOST_PARTITIONS = 2 ** 16;
const NAME = /^[A-Za-z0-9._-]{1,249}$/; // Kafka's rule for topics

/** CONFIG_INVALID when Kafka would refuse the name. */
export function assertName(kind: 'topic' | 'group', name: string): void {
  if (NAME.test(name)) return;
  throw new EpochlogError(
    'CONFIG_INVALID',
    `'${name}' cannot name a ${kind}: 1 to 249 letters, digits, dots, dashes and underscores can`,
  );
}

/**
 * CONFIG_INVALID when no such topic can be made, or it exists with another number of partitions. `partitionsOf` tells
 * how many one has that exists.
 */
export function assertFits(
  { name, partitions }: TopicSpec,
  partitionsOf: (topic: string) => number | undefined,
): void {
  assertName('topic', name);
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > MOST_PARTITIONS) {
    throw new EpochlogError('CONFIG_INVALID', `topic '${name}': ${partitions} is no count of partitions`);
  }
  const existing = partitionsOf(name);
  if (existing === undefined || existing === partitions) return;
  throw new EpochlogError(
    'CONFIG_INVALID',
    `topic '${name}' has ${existing} partitions, not ${partitions}, and their number is fixed at creation: delete it if ` +
      'it is empty, else copy its records to a topic that has as many, under that name',
  );
}
