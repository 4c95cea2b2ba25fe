import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../kernel/errors.ts';
import { PerId } from '../../kernel/idempotency.ts';
import type { Position, StoredRecord } from '../../kernel/ports/log.ts';
import type { ShardState } from '../../kernel/ports/states.ts';
import type { RecordedEvent } from '../../schemas/catalogue.ts';
import { MlflowError } from './errors.ts';
import type { TrackerContext } from './settings.ts';
import { type FoldedRecord, SavedStates, type SavedTracking } from './state/saved.ts';
import { isTracked, TRACKED_TYPES, type TrackedEvent, type TrackedType, Tracking } from './state/tracking.ts';

const STREAM = 'tracking';
const PAGE = 1_000;
const RETRY_MS = 1_000;
/** for what was appended to come back */
const FOLD_TIMEOUT_MS = 10_000;
/** after which it is looked whether the offsets that are missing hold records at all: on Kafka, markers of transactions take some */
const LOOK_AFTER_MS = 20;
/** what became of so many events is known, for requests that ask a little later */
const MAX_VERDICTS = 10_000;

/** What became of an event: undefined when it took effect. */
type Verdict = MlflowError | undefined;

type Folded = RecordedEvent<TrackedType>;

/**
 * Appends what clients log, and folds it as it comes back, in the order of the log. An answer is given after both: so it is
 * durable, every later read of this process sees it, and all processes agree on it.
 */
export class TrackingLog {
  state = new Tracking();
  readonly #context: TrackerContext;
  readonly #saves: SavedStates;
  readonly #perKey = new PerId();
  readonly #verdicts = new Map<string, Verdict>();
  readonly #waiting = new Map<string, (verdict: Verdict) => void>();
  /** those who wait until an offset of a partition is folded */
  readonly #catchingUp = new Set<{ end: Position; resolve: () => void }>();
  /** the last event of each run, up to which the warehouse must be for its history */
  #lastOf = new Map<string, Position>();
  #reached: Position[] = [];
  #last: FoldedRecord | null = null;

  constructor(context: TrackerContext, saved: ShardState) {
    this.#context = context;
    this.#saves = new SavedStates(saved);
  }

  /** Folds what is there: what came after the state that was saved last. */
  async restore(): Promise<void> {
    const { events } = this.#context;
    const ends = await events.endOffsets([STREAM]);
    await this.#resume(ends);
    for await (const event of events.scan(TRACKED_TYPES, ends, this.#reached)) {
      this.#evolve(event);
      const { topic, partition, offset } = event; // not the event itself, which may be a thousand metrics
      this.#lastOf.set(event.subject, { topic, partition, offset });
      this.#last = { topic, partition, offset, id: event.id };
    }
    this.#reached = ends;
    this.save();
  }

  /** Continues from what was saved, if this log holds the event that it reaches to. */
  async #resume(ends: readonly Position[]): Promise<void> {
    const saved = this.#saves.load();
    const isOfThisLog = saved && (await this.#holds(saved, ends));
    if (!saved || !isOfThisLog) {
      this.#saves.clear();
      return;
    }
    this.state = saved.tracking;
    this.#lastOf = saved.lastOf;
    this.#reached = saved.reached;
    this.#last = saved.last;
  }

  async #holds({ reached, last }: SavedTracking, ends: readonly Position[]): Promise<boolean> {
    const offsets = new Map(ends.map(({ partition, offset }) => [partition, offset]));
    const isWithin = reached.every(({ partition, offset }) => offset <= (offsets.get(partition) ?? -1));
    if (!last || !isWithin || reached.length !== ends.length) return false;
    for await (const record of this.#context.events.range(last, last.offset + 1))
      return record.offset === last.offset && record.headers.ce_id === last.id;
    return false;
  }

  #evolve(event: Folded): Verdict {
    const verdict = this.state.evolve(event);
    this.#saves.folded(event, this.state);
    return verdict;
  }

  /** Saves the state. One that cannot be saved is folded again at the next start: no reason to stop. */
  save(): void {
    try {
      this.#saves.save({
        ...{ tracking: this.state, lastOf: this.#lastOf },
        ...{ reached: this.#reached, last: this.#last },
      });
    } catch (error) {
      this.#context.logger.warn(
        { err: error },
        'the state is not saved: the next start folds more of the log',
      );
    }
  }

  /** Folds what comes, until the signal aborts. */
  async follow(signal: AbortSignal): Promise<void> {
    const { events, logger } = this.#context;
    while (!signal.aborted) {
      try {
        for await (const page of events.followPages(this.#reached, signal, PAGE))
          for (const record of page) await this.#take(record);
      } catch (error) {
        if (signal.aborted) return;
        logger.error({ err: error }, 'the tracker does not see the log: it tries again');
        await sleep(RETRY_MS, undefined, { signal }).catch(() => {}); // stopped
      }
    }
  }

  /**
   * Resolves when all that is in the log now is folded here: what is read then includes what any other process has acknowledged.
   *
   * @throws MlflowError TEMPORARILY_UNAVAILABLE after 10 s
   */
  async caughtUp(): Promise<void> {
    for (const end of await this.#context.events.endOffsets([STREAM])) {
      if (this.#isFolded(end) || (await this.#foldedUpTo(end, LOOK_AFTER_MS))) continue;
      const last = await this.#lastRecordBefore(end);
      const isThere =
        last === undefined || (await this.#foldedUpTo({ ...end, offset: last + 1 }, FOLD_TIMEOUT_MS));
      if (!isThere)
        throw new MlflowError('TEMPORARILY_UNAVAILABLE', 'the tracker is behind the log; ask again soon');
      this.#reach(end);
    }
  }

  #offsetIn({ partition }: Position): number {
    return this.#reached.find((position) => position.partition === partition)?.offset ?? 0;
  }

  #isFolded(end: Position): boolean {
    return this.#offsetIn(end) >= end.offset;
  }

  /** Whether all before a position is folded within a time. */
  #foldedUpTo(end: Position, ms: number): Promise<boolean> {
    if (this.#isFolded(end)) return Promise.resolve(true);
    return new Promise((resolve) => {
      const waiting = { end, resolve: () => done(true) };
      const timer = setTimeout(() => done(false), ms);
      const done = (isFolded: boolean) => {
        clearTimeout(timer);
        this.#catchingUp.delete(waiting);
        resolve(isFolded);
      };
      this.#catchingUp.add(waiting);
    });
  }

  /** The offset of the last record that is not folded and before an end; undefined when there is none. */
  async #lastRecordBefore(end: Position): Promise<number | undefined> {
    let last: number | undefined;
    const from = { ...end, offset: this.#offsetIn(end) };
    for await (const { offset } of this.#context.events.range(from, end.offset)) last = offset;
    return last;
  }

  #reach(end: Position): void {
    this.#reached = this.#reached.map((position) =>
      position.partition === end.partition
        ? { ...position, offset: Math.max(position.offset, end.offset) }
        : position,
    );
    for (const waiting of this.#catchingUp) if (this.#isFolded(waiting.end)) waiting.resolve();
  }

  /**
   * Appends the event that `make` gives, and resolves when it has taken effect here. Those of one key are made one after the
   * other, so that in one process none is refused for what another has just changed.
   *
   * @throws MlflowError that says which rule it breaks, before it is appended or, where another process was faster, after
   */
  append<T extends TrackedType>(
    key: string,
    make: () => Extract<TrackedEvent, { type: T }>,
  ): Promise<RecordedEvent<T>> {
    return this.#perKey.run(key, () => this.appendAtOnce(make()));
  }

  /** The same without waiting for others: of what commutes. */
  async appendAtOnce<T extends TrackedType>(
    event: Extract<TrackedEvent, { type: T }>,
  ): Promise<RecordedEvent<T>> {
    if (this.state.refusal(event)) await this.caughtUp(); // by what another process has appended it may be right
    const refusal = this.state.refusal(event);
    if (refusal) throw refusal;
    const [recorded] = await this.#context.publisher.publish([event]);
    const verdict = await this.#folded(recorded!.id);
    if (verdict) throw verdict;
    return recorded as RecordedEvent<T>;
  }

  /** Waits until the warehouse holds all that was logged of a run. */
  async projected(runId: string, signal: AbortSignal): Promise<void> {
    const last = this.#lastOf.get(runId);
    if (!last) return;
    const { topic, partition, offset } = last;
    await this.#context.warehouse.waitFor([{ topic, partition, offset }], signal);
  }

  #folded(id: string): Promise<Verdict> {
    if (this.#verdicts.has(id)) return Promise.resolve(this.#verdicts.get(id));
    const { promise, resolve, reject } = Promise.withResolvers<Verdict>();
    const timer = setTimeout(() => {
      this.#waiting.delete(id);
      const told = `it is in the log, and was not read back within ${FOLD_TIMEOUT_MS / 1_000} s: look before you send it again`;
      reject(new MlflowError('TEMPORARILY_UNAVAILABLE', told));
    }, FOLD_TIMEOUT_MS);
    this.#waiting.set(id, (verdict) => {
      clearTimeout(timer);
      resolve(verdict);
    });
    return promise;
  }

  async #take(record: StoredRecord): Promise<void> {
    for (const event of await this.#decoded(record)) {
      const verdict = this.#evolve(event);
      const { topic, partition, offset } = record;
      this.#lastOf.set(event.subject, { topic, partition, offset });
      this.#tell(event.id, verdict);
    }
    const { topic, partition, offset } = record;
    this.#reach({ topic, partition, offset: offset + 1 });
    this.#last = { topic, partition, offset, id: record.headers.ce_id ?? null };
    if (this.#saves.isDue) this.save();
  }

  async #decoded(record: StoredRecord): Promise<readonly Folded[]> {
    try {
      const events = await this.#context.events.decode(record);
      return events.flatMap((event) => (isTracked(event) ? [event] : []));
    } catch (error) {
      this.#context.logger.warn({ offset: record.offset, reason: messageOf(error) }, 'an event is skipped');
      return [];
    }
  }

  #tell(id: string, verdict: Verdict): void {
    const tell = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (tell) {
      tell(verdict);
      return;
    }
    this.#verdicts.set(id, verdict);
    if (this.#verdicts.size <= MAX_VERDICTS) return;
    const [oldest] = this.#verdicts.keys();
    this.#verdicts.delete(oldest!);
  }
}
