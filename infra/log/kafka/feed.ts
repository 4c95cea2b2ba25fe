import { setTimeout as sleep } from 'node:timers/promises';
import { EpochlogError } from '../../../kernel/errors.ts';
import { partitionKey } from '../../../kernel/partitions.ts';
import type { Position, StoredRecord } from '../../../kernel/ports/log.ts';
import { isOutOfRange } from './failure.ts';
import type { Fetched, Fetching } from './fetching.ts';

/** How long a broker holds a fetch that finds nothing. */
const FETCH_WAIT_MS = 250;
/** … while records of other partitions wait to be taken, which will be asked for soon */
const PARTIAL_WAIT_MS = 10;
/** What is fetched before it is needed, while what came before is being worked on. */
const AHEAD_BYTES = 4 << 20;
const FIRST_RETRY_MS = 20;
const LAST_RETRY_MS = 1_000;

/** How far fetching has come in one partition. */
interface Head extends Position {
  /** records that wait to be taken */
  queue: Timed[];
  /** where it ended when that was asked last: it is fetched up to there before what came later is taken */
  due: number;
}

/** A record, and its time, which never goes back within its partition though brokers' clocks may. */
interface Timed {
  record: StoredRecord;
  time: number;
}

/**
 * Records of some partitions as they come, merged in the order of time. A partition is asked for more when all it
 * brought has been taken, and before that while little waits in all: that is never more than `AHEAD_BYTES` and one
 * answer for each. It goes on by itself when brokers come and go.
 */
export class Feed {
  readonly #heads: ReadonlyMap<string, Head>;
  readonly #fetching: Fetching;
  readonly #following: Promise<void>;
  #leaders = 0;
  /** the time up to which what waits is complete with what it follows from, once all partitions are fetched as far as due */
  #complete = 0;
  /** of the values that wait to be taken */
  #waitingBytes = 0;
  #arrived = Promise.withResolvers<void>();
  #taken = Promise.withResolvers<void>();
  #closed = false;

  constructor(start: readonly Position[], fetching: Fetching) {
    this.#heads = new Map(
      start.map((position) => [partitionKey(position), { ...position, queue: [], due: position.offset }]),
    );
    this.#fetching = fetching;
    this.#following = start.length > 0 ? this.#follow() : Promise.resolve();
  }

  /** Resolves when something comes after now, and when the feed closes; rejects when nothing ever will. */
  arrival(): Promise<void> {
    return this.#arrived.promise;
  }

  /** Where each partition goes on: after what was taken. */
  positions(): Position[] {
    return this.#all.map(({ topic, partition, offset, queue }) => ({
      topic,
      partition,
      offset: queue[0]?.record.offset ?? offset,
    }));
  }

  /** Whether records wait to be taken. */
  get isWaiting(): boolean {
    return this.#all.some(({ queue }) => queue.length > 0);
  }

  /**
   * One broker answers for all its partitions at once. Of several, or when only some of the partitions were asked, one
   * may tell of an effect before another tells of its cause: what waits now is complete with what was there before now.
   * LOG_UNAVAILABLE when one of them does not say what there was.
   */
  async expectCauses(): Promise<void> {
    const latest = this.#latest();
    if (latest <= this.#complete) return;
    for (const end of await this.#fetching.endOffsets(this.#all)) this.#expect(end);
    this.#complete = Math.max(this.#complete, latest); // meanwhile all may have come at once
  }

  /** The next records, up to a limit; none if none are there, or some of before are still missing. */
  take(limit: number): StoredRecord[] {
    const records: StoredRecord[] = [];
    while (records.length < limit && !this.#all.some(isMissing)) {
      const earliest = this.#all
        .filter(({ queue }) => queue.length > 0 && queue[0]!.time <= this.#complete)
        .reduce<Head | undefined>((a, b) => (a && a.queue[0]!.time <= b.queue[0]!.time ? a : b), undefined);
      if (!earliest) break;
      records.push(...this.#run(earliest, limit - records.length));
    }
    if (records.length > 0) {
      this.#taken.resolve();
      this.#taken = Promise.withResolvers();
    }
    return records;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#taken.resolve();
    this.#arrived.resolve();
    await this.#following;
    await this.#fetching.close();
  }

  get #all(): Head[] {
    return [...this.#heads.values()];
  }

  /** Takes from one partition as long as it is the earliest. */
  #run(head: Head, limit: number): StoredRecord[] {
    const others = this.#all.filter((other) => other !== head && other.queue.length > 0);
    const until = Math.min(this.#complete, ...others.map(({ queue }) => queue[0]!.time));
    const end = head.queue.findIndex(({ time }, i) => i >= limit || time > until);
    const run = head.queue.splice(0, end < 0 ? head.queue.length : Math.max(1, end));
    for (const { record } of run) this.#waitingBytes -= record.value.byteLength;
    return run.map(({ record }) => record);
  }

  async #follow(): Promise<void> {
    for (let wait = FIRST_RETRY_MS; !this.#closed; wait = Math.min(2 * wait, LAST_RETRY_MS)) {
      try {
        await this.#followLeaders(() => {
          wait = FIRST_RETRY_MS;
        });
      } catch (error) {
        if (!(error instanceof EpochlogError) || error.code !== 'LOG_UNAVAILABLE') return this.#fail(error);
        await sleep(wait);
        await this.#fetching.refresh();
      }
    }
  }

  /** Follows all leaders until one of them is not one any more, or fails. */
  async #followLeaders(onSuccess: () => void): Promise<void> {
    const round = new AbortController();
    const followLeader = async (leader: string, heads: readonly Head[]) => {
      while (!this.#closed && !round.signal.aborted) {
        const hungry = heads.filter((head) => this.#isHungry(head));
        if (hungry.length === 0) {
          await this.#taken.promise;
          continue;
        }
        const waitMs = hungry.length === heads.length ? FETCH_WAIT_MS : PARTIAL_WAIT_MS;
        this.#takeIn(await this.#fetching.fetch(leader, hungry, waitMs));
        onSuccess();
      }
    };
    const leaders = await this.#fetching.leaders(this.#all);
    this.#leaders = leaders.size;
    const following = [...leaders].map(([leader, positions]) =>
      followLeader(
        leader,
        positions.map((position) => this.#heads.get(partitionKey(position))!),
      ),
    );
    try {
      await Promise.all(following);
    } finally {
      round.abort();
      this.#taken.resolve();
      this.#taken = Promise.withResolvers();
      await Promise.allSettled(following);
    }
  }

  #isHungry({ queue, offset, due }: Head): boolean {
    return queue.length === 0 || (offset < due && this.#waitingBytes < AHEAD_BYTES);
  }

  /** The time of the last record that waits; 0 when none does. */
  #latest(): number {
    return Math.max(0, ...this.#all.map(({ queue }) => queue.at(-1)?.time ?? 0));
  }

  #expect({ offset, ...partition }: Position): void {
    const head = this.#heads.get(partitionKey(partition))!;
    head.due = Math.max(head.due, offset);
  }

  #takeIn(fetched: readonly Fetched[]): void {
    if (this.#closed) return; // nobody will take it
    let moved = false;
    for (const { topic, partition, records, next, decided } of fetched) {
      const head = this.#heads.get(partitionKey({ topic, partition }))!;
      moved ||= next > head.offset;
      head.offset = next;
      this.#expect({ topic, partition, offset: decided });
      let time = head.queue.at(-1)?.time ?? 0;
      for (const record of records) {
        time = Math.max(time, record.timestamp);
        head.queue.push({ record, time });
        this.#waitingBytes += record.value.byteLength;
      }
    }
    if (!moved) return;
    if (this.#leaders === 1 && fetched.length === this.#heads.size) this.#complete = this.#latest();
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers();
  }

  #fail(error: unknown): void {
    this.#arrived.promise.catch(() => {}); // whoever polls next will see it
    this.#arrived.reject(isOutOfRange(error) ? lost(error) : error);
  }
}

const isMissing = ({ queue, offset, due }: Head): boolean => queue.length === 0 && offset < due;

const lost = (error: unknown): EpochlogError =>
  new EpochlogError(
    'LOG_CORRUPT',
    'a partition ends before the offset that the group has committed: Kafka has lost records, or the topic was made anew',
    { cause: error },
  );
