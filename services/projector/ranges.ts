import { partitionKey } from '../../kernel/partitions.ts';
import type { Position } from '../../kernel/ports/log.ts';

/** Offsets of one partition, both ends included. */
export interface Range {
  topic: string;
  partition: number;
  first: number;
  last: number;
}

/**
 * What a batch covers, in the order in which the partitions come: one range of each partition, gaps included, but two
 * where a record between was `leftOut`. So whoever reads the ranges from the log again has the same events, also when
 * what nobody could decode can be decoded by then.
 */
export function rangesOf(batch: readonly Position[], leftOut: readonly Position[] = []): Range[] {
  const left = Map.groupBy(leftOut, partitionKey);
  const ranges: Range[] = [];
  const current = new Map<string, Range>();
  for (const { topic, partition, offset } of batch) {
    const key = partitionKey({ topic, partition });
    const range = current.get(key);
    const isSplit = left
      .get(key)
      ?.some((hole) => hole.offset < offset && hole.offset > (range?.last ?? offset));
    if (range && !isSplit) {
      range.last = offset;
      continue;
    }
    const next = { topic, partition, first: offset, last: offset };
    ranges.push(next);
    current.set(key, next);
  }
  return ranges;
}

/** The ranges as a deduplication token: `topic/partition/first-last`, joined by commas. */
export const tokenOf = (ranges: readonly Range[]): string =>
  ranges.map(({ topic, partition, first, last }) => `${topic}/${partition}/${first}-${last}`).join(',');

/** The ranges that a token was made of. */
export const parseToken = (token: string): Range[] =>
  token.split(',').map((part) => {
    const [topic = '', partition, offsets = ''] = part.split('/');
    const [first, last] = offsets.split('-').map(Number);
    return { topic, partition: Number(partition), first: first ?? 0, last: last ?? 0 };
  });
