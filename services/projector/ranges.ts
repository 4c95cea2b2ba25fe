import { PartitionMap, partitionKey } from '../../kernel/partitions.ts';
import type { Position } from '../../kernel/ports/log.ts';

/** Offsets of one partition, both ends included. */
export interface Range {
  topic: string;
  partition: number;
  first: number;
  last: number;
}

/**
 * The ranges of a batch, in the order of its partitions. Gaps in the offsets are included, except at a `skipped` record:
 * it ends one range, and another begins behind it. So the ranges give the same events even if that record has become
 * decodable.
 */
export function rangesOf(batch: readonly Position[], skipped: readonly Position[] = []): Range[] {
  const holes = Map.groupBy(skipped, partitionKey);
  const ranges: Range[] = [];
  const current = new PartitionMap<Range>();
  for (const { topic, partition, offset } of batch) {
    const range = current.get({ topic, partition });
    const isSplit =
      holes.size > 0 &&
      holes
        .get(partitionKey({ topic, partition }))
        ?.some((hole) => hole.offset < offset && hole.offset > (range?.last ?? offset));
    if (range && !isSplit) {
      range.last = offset;
      continue;
    }
    const next = { topic, partition, first: offset, last: offset };
    ranges.push(next);
    current.set(next, next);
  }
  return ranges;
}

/** The ranges as a deduplication token: `topic/partition/first-last`, joined by commas. */
export const tokenOf = (ranges: readonly Range[]): string =>
  ranges.map(({ topic, partition, first, last }) => `${topic}/${partition}/${first}-${last}`).join(',');

export const parseToken = (token: string): Range[] =>
  token.split(',').map((range) => {
    const [topic = '', partition, offsets = ''] = range.split('/');
    const [first, last] = offsets.split('-').map(Number);
    return { topic, partition: Number(partition), first: first ?? 0, last: last ?? 0 };
  });
