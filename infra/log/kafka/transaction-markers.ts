import { partitionKey } from '../../../kernel/partitions.ts';
import type { Position } from '../../../kernel/ports/log.ts';
import type { Fetcher } from './fetcher.ts';

/** Longer runs of offsets without a record are not looked for: there are records among them. */
const MAX_MARKERS = 64;

/** Offsets `from` to `to` (exclusive) of a partition are control records only. */
interface MarkerRun {
  from: number;
  to: number;
}

/**
 * Skips transaction markers (control records), which take an offset at the end of each transaction: a group that has
 * processed the last record has committed an offset before them, and has no lag.
 */
export class TransactionMarkers {
  readonly #fetcher: Fetcher;
  readonly #known = new Map<string, MarkerRun>();

  constructor(fetcher: Fetcher) {
    this.#fetcher = fetcher;
  }

  /** The positions; one behind which there are only markers becomes the end offset of its partition. */
  async skip(positions: readonly Position[]): Promise<Position[]> {
    const ends = await this.#fetcher.connection.run(() => this.#fetcher.endOffsets(positions));
    return Promise.all(positions.map((position, i) => this.#skip(position, ends[i]!.offset)));
  }

  async #skip(position: Position, end: number): Promise<Position> {
    if (end <= position.offset || end - position.offset > MAX_MARKERS) return position;
    const known = this.#known.get(partitionKey(position));
    const isInside = known && known.from <= position.offset && position.offset <= known.to;
    const run = isInside ? known : { from: position.offset, to: position.offset };
    while (run.to < end) {
      const at = { ...position, offset: run.to };
      const fetched = await this.#fetcher.connection.run(() => this.#fetcher.fetchOne(at, 0));
      if (fetched.records.length > 0 || fetched.nextOffset === run.to) return position;
      run.to = fetched.nextOffset;
    }
    this.#known.set(partitionKey(position), run);
    return { ...position, offset: run.to };
  }
}
