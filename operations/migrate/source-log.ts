import type { EmbeddedLog } from '../../infra/log/embedded/log.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import type { Position, StoredRecord } from '../../kernel/ports/log.ts';

const PAGE = 1_000;

/** What an embedded log holds up to a moment. */
export class Snapshot {
  readonly log: EmbeddedLog;
  /** for every partition that holds records, where it ends */
  readonly ends: readonly Position[];
  readonly size: number;

  private constructor(log: EmbeddedLog, ends: readonly Position[]) {
    this.log = log;
    this.ends = ends;
    this.size = sizeOf(ends);
  }

  static async of(log: EmbeddedLog): Promise<Snapshot> {
    return new Snapshot(
      log,
      (await endsOf(log)).filter(({ offset }) => offset > 0),
    );
  }

  /** The topics that hold records. */
  get topics(): string[] {
    return [...new Set(this.ends.map(({ topic }) => topic))];
  }

  /** All records, across partitions in the order in which the log took them. */
  async *records(): AsyncGenerator<StoredRecord, void> {
    const follower = this.log.follow(this.ends.map((end) => ({ ...end, offset: 0 })));
    const { signal } = new AbortController(); // there is always as much as is asked for
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

  /** CONFLICT when the log has taken more since. */
  async assertWhole(): Promise<void> {
    const more = sizeOf(await endsOf(this.log)) - this.size;
    if (more === 0) return;
    throw new EpochlogError(
      'CONFLICT',
      `${more} records came into the embedded log while it was moved: whatever appends to it must stop; ` +
        'then run this command again, which moves the rest',
    );
  }
}

const endsOf = async (log: EmbeddedLog): Promise<Position[]> =>
  log.endOffsets((await log.topics()).map(({ name }) => name));

const sizeOf = (ends: readonly Position[]): number => ends.reduce((sum, { offset }) => sum + offset, 0);
