import { partitionKey } from '../../../kernel/partitions.ts';
import type { Position } from '../../../kernel/ports/log.ts';
import type { Fetching } from './fetching.ts';

/** A transaction leaves one mark in a partition: where this many offsets are left, there are records among them. */
const MOST_MARKS = 64;

/** Offsets `from` to `to` (exclusive) of a partition hold marks of transactions and nothing else. */
interface Gap {
  from: number;
  to: number;
}

/**
 * Finds the end of the marks that transactions leave behind records: a group that has processed the last record has
 * processed everything, though its offset is not where the partition ends.
 */
export class Gaps {
  readonly #fetching: Fetching;
  readonly #known = new Map<string, Gap>();

  constructor(fetching: Fetching) {
    this.#fetching = fetching;
  }

  /** The positions, those before which no record is left moved to where their partition ends. */
  async passed(positions: readonly Position[]): Promise<Position[]> {
    const ends = await this.#fetching.connection.run(() => this.#fetching.endOffsets(positions));
    return Promise.all(positions.map((position, i) => this.#pass(position, ends[i]!.offset)));
  }

  async #pass(position: Position, end: number): Promise<Position> {
    if (end <= position.offset || end - position.offset > MOST_MARKS) return position;
    const known = this.#known.get(partitionKey(position));
    const isInside = known && known.from <= position.offset && position.offset <= known.to;
    const gap = isInside ? known : { from: position.offset, to: position.offset };
    while (gap.to < end) {
      const at = { ...position, offset: gap.to };
      const fetched = await this.#fetching.connection.run(() => this.#fetching.fetchOne(at, 0));
      if (fetched.records.length > 0 || fetched.next === gap.to) return position;
      gap.to = fetched.next;
    }
    this.#known.set(partitionKey(position), gap);
    return { ...position, offset: gap.to };
  }
}
