import type { EmbeddedLog } from '../../infra/log/embedded/log.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import type { Position, StoredRecord } from '../../kernel/ports/log.ts';

const PAGE = 1_000;

/** The embedded log that is migrated, up to the end offsets it had when it was opened. */
export class SourceLog {
  readonly log: EmbeddedLog;
  /** end offsets of the partitions that hold records */
  readonly ends: readonly Position[];
  /** records in all partitions */
  readonly size: number;

  private constructor(log: EmbeddedLog, ends: readonly Position[]) {
    this.log = log;
    this.ends = ends;
    this.size = sizeOf(ends);
  }

  static async of(log: EmbeddedLog): Promise<SourceLog> {
    return new SourceLog(
      log,
      (await endsOf(log)).filter(({ offset }) => offset > 0),
    );
  }

  /** The topics that hold records. */
  get topics(): string[] {
    return [...new Set(this.ends.map(({ topic }) => topic))];
  }

  /** All records, across partitions in the order of their appends. */
  async *records(): AsyncGenerator<StoredRecord, void> {
    const follower = this.log.follow(this.ends.map((end) => ({ ...end, offset: 0 })));
    const { signal } = new AbortController(); // never needed: the records are there
    try {
      for (let left = this.size; left > 0; ) {
        const records = await follower.poll(Math.min(left, PAGE), signal);
        yield* records;
        left -= records.length;
      }
    } finally {
      await follower.close();
    }
  }

  /** CONFLICT when records were appended since. */
  async assertUnchanged(): Promise<void> {
    const more = sizeOf(await endsOf(this.log)) - this.size;
    if (more === 0) return;
    throw new EpochlogError(
      'CONFLICT',
      `${more} records were appended to the embedded log while it was migrated: stop what appends to it, ` +
        'then run this command again, which copies the rest',
    );
  }
}

const endsOf = async (log: EmbeddedLog): Promise<Position[]> =>
  log.endOffsets((await log.topics()).map(({ name }) => name));

const sizeOf = (ends: readonly Position[]): number => ends.reduce((sum, { offset }) => sum + offset, 0);
