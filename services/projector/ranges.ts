import type { Position } from '../../kernel/ports/log.ts';

/** Offsets of one partition, both ends included. */
export interface Range {
  topic: string;
  partition: number;
  first: number;
  last: number;
}

export const partitionKey = ({ topic, partition }: Omit<Position, 'offset'>): string =>
  `${topic}/${partition}`;

/** What a batch covers in each partition, in the order in which the partitions come. */
export function rangesOf(batch: readonly Position[]): Range[] {
  const ranges = new Map<string, Range>();
  for (const { topic, partition, offset } of batch) {
    const key = partitionKey({ topic, partition });
    const range = ranges.get(key);
    if (range) range.last = offset;
    else ranges.set(key, { topic, partition, first: offset, last: offset });
  }
  return [...ranges.values()];
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
