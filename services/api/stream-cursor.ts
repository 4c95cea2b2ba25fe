import { EpochlogError } from '../../kernel/errors.ts';
import type { Position } from '../../kernel/ports/log.ts';

/** The next offsets of a reader as one word, the id of a server-sent event: `topic/partition@offset`, joined by commas. */
export const formatCursor = (positions: readonly Position[]): string =>
  positions.map(({ topic, partition, offset }) => `${topic}/${partition}@${offset}`).join(',');

/**
 * The offsets of a cursor for the current partitions. A partition that was added since is read from its beginning.
 * INPUT_INVALID when it is malformed.
 */
export function parseCursor(cursor: string, partitions: readonly Position[]): Position[] {
  const offsets = new Map(
    cursor.split(',').map((position) => {
      const [, partition, offset] = /^([\w.]+\/\d+)@(\d+)$/.exec(position) ?? [];
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
