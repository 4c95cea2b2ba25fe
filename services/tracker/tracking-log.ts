import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../kernel/errors.ts';
import { PerId } from '../../kernel/idempotency.ts';
import type { Position, StoredRecord } from '../../kernel/ports/log.ts';
import type { RecordedEvent } from '../../schemas/catalogue.ts';
import { MlflowError } from './errors.ts';
import type { TrackerContext } from './settings.ts';
import { isTracked, TRACKED_TYPES, type TrackedEvent, type TrackedType, Tracking } from './state/tracking.ts';

const STREAM = 'tracking';
const PAGE = 1_000;
const RETRY_MS = 1_000;
/** for what was appended to come back */
const FOLD_TIMEOUT_MS = 10_000;
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
  readonly state = new Tracking();
  readonly #context: TrackerContext;
  readonly #perKey = new PerId();
  readonly #verdicts = new Map<string, Verdict>();
  readonly #waiting = new Map<string, (verdict: Verdict) => void>();
  /** the last event of each run, up to which the warehouse must be for its history */
  readonly #lastOf = new Map<string, Position>();
  #reached: Position[] = [];

  constructor(context: TrackerContext) {
    this.#context = context;
  }

  /** Folds what is there. */
  async restore(): Promise<void> {
    const { events } = this.#context;
    const ends = await events.endOffsets([STREAM]);
    for await (const event of events.scan(TRACKED_TYPES, ends)) {
      this.state.evolve(event);
      this.#lastOf.set(event.subject, event);
    }
    this.#reached = ends;
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
      const verdict = this.state.evolve(event);
      const { topic, partition, offset } = record;
      this.#lastOf.set(event.subject, { topic, partition, offset });
      this.#tell(event.id, verdict);
    }
    this.#reached = this.#reached.map((position) =>
      position.partition === record.partition ? { ...position, offset: record.offset + 1 } : position,
    );
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
