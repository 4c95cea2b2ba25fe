import { setTimeout as sleep } from 'node:timers/promises';
import { EpochlogError } from '../../../kernel/errors.ts';
import { partitionKey } from '../../../kernel/partitions.ts';
import type { Position, StoredRecord } from '../../../kernel/ports/log.ts';
import { isOutOfRange } from './failure.ts';
import type { FetchedPartition, Fetcher } from './fetcher.ts';

/** How long a broker holds a fetch that finds nothing. */
const FETCH_WAIT_MS = 250;
/** The same, while other partitions of that broker have buffered records and will be fetched again soon. */
const PARTIAL_FETCH_WAIT_MS = 10;
/** Below this size, partitions are fetched ahead of what is taken. */
const MAX_READ_AHEAD_BYTES = 4 << 20;
const INITIAL_BACKOFF_MS = 20;
const MAX_BACKOFF_MS = 1_000;

/** One partition: `offset` is the next to fetch. */
interface PartitionBuffer extends Position {
  records: TimedRecord[];
  /** Until it is fetched up to this offset, an empty buffer may hide records that come first. */
  fetchTarget: number;
}

interface TimedRecord {
  record: StoredRecord;
  /** of the record, made monotonic within its partition: the clocks of brokers may go back */
  time: number;
}

/**
 * Fetches several partitions and merges their records in the order of time, causes before effects. A partition is
 * fetched when its buffer is empty, or ahead while all buffers together are small: memory is bounded by
 * `MAX_READ_AHEAD_BYTES` and one response for each partition. Fetching goes on when brokers fail and return.
 */
export class MergeBuffer {
  readonly #partitions: ReadonlyMap<string, PartitionBuffer>;
  readonly #fetcher: Fetcher;
  readonly #fetchLoop: Promise<void>;
  #leaders = 0;
  /** Records up to this time can be taken, once every partition is fetched up to its target: their causes are there. */
  #watermark = 0;
  #bufferedBytes = 0;
  #arrived = Promise.withResolvers<void>();
  #taken = Promise.withResolvers<void>();
  #closed = false;

  constructor(start: readonly Position[], fetcher: Fetcher) {
    this.#partitions = new Map(
      start.map((position) => [
        partitionKey(position),
        { ...position, records: [], fetchTarget: position.offset },
      ]),
    );
    this.#fetcher = fetcher;
    this.#fetchLoop = start.length > 0 ? this.#fetchUntilClosed() : Promise.resolve();
  }

  /** Resolves when a fetch moves a partition forward, or the buffer is closed; rejects when fetching has failed. */
  arrival(): Promise<void> {
    return this.#arrived.promise;
  }

  /** The next offset to take, of each partition. */
  positions(): Position[] {
    return this.#all.map(({ topic, partition, offset, records }) => ({
      topic,
      partition,
      offset: records[0]?.record.offset ?? offset,
    }));
  }

  get hasRecords(): boolean {
    return this.#all.some(({ records }) => records.length > 0);
  }

  /**
   * Causal barrier: makes all records that are buffered now takable, behind their causes. One response of one broker is
   * consistent. Several are not: one may contain an effect, and another, older one, not its cause. A cause was committed
   * before its effect, so it is below the end offset of its partition as asked for now: that becomes the fetch target.
   * LOG_UNAVAILABLE when a broker does not tell its end offsets.
   */
  async raiseWatermark(): Promise<void> {
    const newest = this.#newestTime();
    if (newest <= this.#watermark) return;
    for (const end of await this.#fetcher.endOffsets(this.#all)) this.#raiseTarget(end);
    this.#watermark = Math.max(this.#watermark, newest); // meanwhile one response may have raised it further
  }

  /** The next records up to the watermark, `limit` at most; none while a partition is behind its fetch target. */
  take(limit: number): StoredRecord[] {
    const taken: StoredRecord[] = [];
    while (taken.length < limit && !this.#all.some(isBehindTarget)) {
      const earliest = this.#all
        .filter(({ records }) => records.length > 0 && records[0]!.time <= this.#watermark)
        .reduce<PartitionBuffer | undefined>(
          (a, b) => (a && a.records[0]!.time <= b.records[0]!.time ? a : b),
          undefined,
        );
      if (!earliest) break;
      taken.push(...this.#takeRun(earliest, limit - taken.length));
    }
    if (taken.length > 0) this.#signalTaken();
    return taken;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#taken.resolve();
    this.#arrived.resolve();
    await this.#fetchLoop;
    await this.#fetcher.close();
  }

  get #all(): PartitionBuffer[] {
    return [...this.#partitions.values()];
  }

  /** Takes from one partition as long as its records are the earliest. */
  #takeRun(buffer: PartitionBuffer, limit: number): StoredRecord[] {
    const others = this.#all.filter((other) => other !== buffer && other.records.length > 0);
    const until = Math.min(this.#watermark, ...others.map(({ records }) => records[0]!.time));
    const end = buffer.records.findIndex(({ time }, i) => i >= limit || time > until);
    const run = buffer.records.splice(0, end < 0 ? buffer.records.length : Math.max(1, end));
    for (const { record } of run) this.#bufferedBytes -= record.value.byteLength;
    return run.map(({ record }) => record);
  }

  async #fetchUntilClosed(): Promise<void> {
    for (let backoff = INITIAL_BACKOFF_MS; !this.#closed; backoff = Math.min(2 * backoff, MAX_BACKOFF_MS)) {
      try {
        await this.#fetchFromLeaders(() => {
          backoff = INITIAL_BACKOFF_MS;
        });
      } catch (error) {
        if (!(error instanceof EpochlogError) || error.code !== 'LOG_UNAVAILABLE') return this.#fail(error);
        await sleep(backoff);
        await this.#fetcher.refreshMetadata();
      }
    }
  }

  /** Fetches from all leaders, one request at a time each, until one of them fails or is no longer the leader. */
  async #fetchFromLeaders(onResponse: () => void): Promise<void> {
    const failed = new AbortController();
    const fetchFrom = async (leader: string, buffers: readonly PartitionBuffer[]) => {
      while (!this.#closed && !failed.signal.aborted) {
        const wanted = buffers.filter((buffer) => this.#needsFetch(buffer));
        if (wanted.length === 0) {
          await this.#taken.promise;
          continue;
        }
        const waitMs = wanted.length === buffers.length ? FETCH_WAIT_MS : PARTIAL_FETCH_WAIT_MS;
        this.#add(await this.#fetcher.fetch(leader, wanted, waitMs));
        onResponse();
      }
    };
    const leaders = await this.#fetcher.leaders(this.#all);
    this.#leaders = leaders.size;
    const fetching = [...leaders].map(([leader, positions]) =>
      fetchFrom(
        leader,
        positions.map((position) => this.#partitions.get(partitionKey(position))!),
      ),
    );
    try {
      await Promise.all(fetching);
    } finally {
      failed.abort();
      this.#signalTaken();
      await Promise.allSettled(fetching);
    }
  }

  #signalTaken(): void {
    this.#taken.resolve();
    this.#taken = Promise.withResolvers();
  }

  #needsFetch({ records, offset, fetchTarget }: PartitionBuffer): boolean {
    return records.length === 0 || (offset < fetchTarget && this.#bufferedBytes < MAX_READ_AHEAD_BYTES);
  }

  /** The time of the newest buffered record; 0 when there is none. */
  #newestTime(): number {
    return Math.max(0, ...this.#all.map(({ records }) => records.at(-1)?.time ?? 0));
  }

  #raiseTarget({ offset, ...partition }: Position): void {
    const buffer = this.#partitions.get(partitionKey(partition))!;
    buffer.fetchTarget = Math.max(buffer.fetchTarget, offset);
  }

  #add(fetched: readonly FetchedPartition[]): void {
    if (this.#closed) return;
    let moved = false;
    for (const { topic, partition, records, nextOffset, lastStableOffset } of fetched) {
      const buffer = this.#partitions.get(partitionKey({ topic, partition }))!;
      moved ||= nextOffset > buffer.offset;
      buffer.offset = nextOffset;
      this.#raiseTarget({ topic, partition, offset: lastStableOffset });
      let time = buffer.records.at(-1)?.time ?? 0;
      for (const record of records) {
        time = Math.max(time, record.timestamp);
        buffer.records.push({ record, time });
        this.#bufferedBytes += record.value.byteLength;
      }
    }
    if (!moved) return;
    const isConsistent = this.#leaders === 1 && fetched.length === this.#partitions.size;
    if (isConsistent) this.#watermark = this.#newestTime();
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers();
  }

  #fail(error: unknown): void {
    this.#arrived.promise.catch(() => {}); // the next poll gets it
    this.#arrived.reject(isOutOfRange(error) ? truncated(error) : error);
  }
}

const isBehindTarget = ({ records, offset, fetchTarget }: PartitionBuffer): boolean =>
  records.length === 0 && offset < fetchTarget;

const truncated = (error: unknown): EpochlogError =>
  new EpochlogError(
    'LOG_CORRUPT',
    'a partition ends before the committed offset of the group: Kafka has lost records, or the topic was recreated',
    { cause: error },
  );
