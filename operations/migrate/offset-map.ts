import { partitionKey } from '../../kernel/partitions.ts';
import type { Position } from '../../kernel/ports/log.ts';

/** Where the records of a partition are in the other log, by their offset. */
interface Moved {
  partitions: number[];
  offsets: number[];
}

/** Where each record of one log is in the other. */
export class Places {
  readonly #moved = new Map<string, Moved>();

  /** The records of a partition come in order. */
  note(from: Position, to: Position): void {
    const key = partitionKey(from);
    const moved = this.#moved.get(key) ?? { partitions: [], offsets: [] };
    this.#moved.set(key, moved);
    moved.partitions.push(to.partition);
    moved.offsets.push(to.offset);
  }

  of(position: Position): Position | undefined {
    const moved = this.#moved.get(partitionKey(position));
    const offset = moved?.offsets[position.offset];
    return offset === undefined
      ? undefined
      : { ...position, partition: moved!.partitions[position.offset]!, offset };
  }

  /**
   * Where a group goes on that has come to these positions of a topic: after the last record that it has processed, in
   * every partition of the other log, and before the first that it has not.
   */
  after(topic: string, reached: readonly Position[], partitions: number): Position[] {
    const done = new Array<number>(partitions).fill(0);
    const open = new Array<number>(partitions).fill(Number.POSITIVE_INFINITY);
    for (const [from, to] of this.#pairs(reached)) {
      if (from.offset < from.reached) done[to.partition] = Math.max(done[to.partition]!, to.offset + 1);
      else open[to.partition] = Math.min(open[to.partition]!, to.offset);
    }
    return done.map((offset, partition) => ({
      topic,
      partition,
      offset: Math.min(offset, open[partition]!),
    }));
  }

  /** Records that are left to a group, of those moved, when it has come so far in the one log and so far in the other. */
  left(reached: readonly Position[], committed: readonly Position[]): { source: number; target: number } {
    const offsets = new Map(committed.map(({ partition, offset }) => [partition, offset]));
    const left = { source: 0, target: 0 };
    for (const [from, to] of this.#pairs(reached)) {
      if (from.offset >= from.reached) left.source += 1;
      if (to.offset >= (offsets.get(to.partition) ?? 0)) left.target += 1;
    }
    return left;
  }

  *#pairs(
    reached: readonly Position[],
  ): Iterable<[from: { offset: number; reached: number }, to: { partition: number; offset: number }]> {
    for (const position of reached) {
      const { partitions, offsets } = this.#moved.get(partitionKey(position)) ?? {
        partitions: [],
        offsets: [],
      };
      for (const [offset, to] of offsets.entries()) {
        yield [
          { offset, reached: position.offset },
          { partition: partitions[offset]!, offset: to },
        ];
      }
    }
  }
}
