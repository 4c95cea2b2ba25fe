import { EpochlogError } from '../../kernel/errors.ts';
import type { TopicSpec } from '../../kernel/ports/log.ts';

const MAX_PARTITIONS = 2 ** 16;
const NAME = /^[A-Za-z0-9._-]{1,249}$/; // Kafka's rule for topics

/** CONFIG_INVALID when Kafka would refuse the name. */
export function assertName(kind: 'topic' | 'group', name: string): void {
  if (NAME.test(name)) return;
  throw new EpochlogError(
    'CONFIG_INVALID',
    `'${name}' is not a valid name of a ${kind}: use 1 to 249 letters, digits, dots, dashes and underscores`,
  );
}

/**
 * CONFIG_INVALID when the topic has an invalid name or partition count, or exists with another partition count, which
 * `partitionsOf` returns.
 */
export function assertValidTopic(
  { name, partitions }: TopicSpec,
  partitionsOf: (topic: string) => number | undefined,
): void {
  assertName('topic', name);
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > MAX_PARTITIONS) {
    throw new EpochlogError(
      'CONFIG_INVALID',
      `topic '${name}': ${partitions} is not a partition count: use 1 to ${MAX_PARTITIONS}`,
    );
  }
  const existing = partitionsOf(name);
  if (existing === undefined || existing === partitions) return;
  throw new EpochlogError(
    'CONFIG_INVALID',
    `topic '${name}' has ${existing} partitions, not ${partitions}, and the count is fixed at creation: delete the topic ` +
      'if it is empty, else copy its records to a new topic of that name with the right count',
  );
}
