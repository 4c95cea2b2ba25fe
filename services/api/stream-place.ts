import { EpochlogError } from '../../kernel/errors.ts';
import type { Position } from '../../kernel/ports/log.ts';

/** The place of a reader of many partitions as one word: `topic/partition@offset`, joined by commas. */
export const formatPlace = (heads: readonly Position[]): string =>
  heads.map(({ topic, partition, offset }) => `${topic}/${partition}@${offset}`).join(',');

/**
 * The offset in a place of each of the partitions that are read now. One that the place does not know came into
 * being after it, and is read from its beginning. INPUT_INVALID for what is no place.
 */
export function parsePlace(place: string, partitions: readonly Position[]): Position[] {
  const offsets = new Map(
    place.split(',').map((part) => {
      const [, partition, offset] = /^([\w.]+\/\d+)@(\d+)$/.exec(part) ?? [];
      if (partition === undefined) {
        throw new EpochlogError(
          'INPUT_INVALID',
          'Last-Event-ID: take the id of an event of this stream, as it is',
        );
      }
      return [partition, Number(offset)] as const;
    }),
  );
  return partitions.map((end) => ({ ...end, offset: offsets.get(`${end.topic}/${end.partition}`) ?? 0 }));
}
