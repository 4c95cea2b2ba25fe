import { partitionKey } from '../../kernel/partitions.ts';
import type { Position } from '../../kernel/ports/log.ts';

/** The target partition and offset of each record of a source partition, by source offset. */
interface Targets {
  partitions: number[];
  offsets: number[];
}

/** Maps the position of each copied record in the source to its position in the target. */
export class OffsetMap {
  readonly #targets = new Map<string, Targets>();

  /** Records of a source partition are set in the order of their offsets. */
  set(source: Position, target: Position): void {
    const key = partitionKey(source);
    const targets = this.#targets.get(key) ?? { partitions: [], offsets: [] };
    this.#targets.set(key, targets);
    targets.partitions.push(target.partition);
    targets.offsets.push(target.offset);
  }

  /** The position in the target; undefined when the record was not copied. */
  get(source: Position): Position | undefined {
    const targets = this.#targets.get(partitionKey(source));
    const offset = targets?.offsets[source.offset];
    return offset === undefined
      ? undefined
      : { ...source, partition: targets!.partitions[source.offset]!, offset };
  }

  /**
   * The offsets to commit in the target for a group that has committed these offsets of a topic in the source: in each
   * partition after the last processed record, and not after the first unprocessed one.
   */
  committed(topic: string, inSource: readonly Position[], partitions: number): Position[] {
    const processed = new Array<number>(partitions).fill(0);
    const unprocessed = new Array<number>(partitions).fill(Number.POSITIVE_INFINITY);
    for (const { isProcessed, partition, offset } of this.#records(inSource)) {
      if (isProcessed) processed[partition] = Math.max(processed[partition]!, offset + 1);
      else unprocessed[partition] = Math.min(unprocessed[partition]!, offset);
    }
    return processed.map((offset, partition) => ({
      topic,
      partition,
      offset: Math.min(offset, unprocessed[partition]!),
    }));
  }

  /** The lag of a group over the copied records, by its committed offsets in the source and in the target. */
  lag(inSource: readonly Position[], inTarget: readonly Position[]): { source: number; target: number } {
    const committed = new Map(inTarget.map(({ partition, offset }) => [partition, offset]));
    const lag = { source: 0, target: 0 };
    for (const { isProcessed, partition, offset } of this.#records(inSource)) {
      if (!isProcessed) lag.source += 1;
      if (offset >= (committed.get(partition) ?? 0)) lag.target += 1;
    }
    return lag;
  }

  /** Target partition and offset of every copied record, and whether it is before the committed source offset. */
  *#records(
    inSource: readonly Position[],
  ): Iterable<{ isProcessed: boolean; partition: number; offset: number }> {
    for (const committed of inSource) {
      const { partitions, offsets } = this.#targets.get(partitionKey(committed)) ?? {
        partitions: [],
        offsets: [],
      };
      for (const [source, offset] of offsets.entries())
        yield { isProcessed: source < committed.offset, partition: partitions[source]!, offset };
    }
  }
}
