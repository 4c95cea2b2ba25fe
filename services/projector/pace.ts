/** A batch of so many events means that the projector lags: it does not pause. */
export const LAGGING_EVENTS = 500;
/** Small batches take a quarter of the time at most, and leave the rest of it to predictions. */
const PAUSES_PER_BATCH = 3;
const MAX_PAUSE_MS = 300;
/** While so many events come during each pause, it is longer than the previous pause, up to this: single events are seen at once. */
const BUSY_EVENTS = 10;
const BUSY_GROWTH = 1.25;
const MAX_BUSY_PAUSE_MS = 1_200;

/** A batch that was written. Times are in milliseconds, on one clock. */
interface Written {
  events: number;
  /** whether it waited for the end of a pause */
  hasPaused: boolean;
  began: number;
  ended: number;
}

/**
 * When the projector writes its next batch. An insert of one event costs as much as one of a hundred, so that the events
 * that come during a pause are written together, at its end; an event that comes later is written at once.
 */
export class Pace {
  readonly #pauseMs: number;
  #pauseUntil = 0;
  /** grows with each batch of many events that came during the pause before it */
  #busy = 1;

  /** @param pauseMs the least time between two batches; 0 for none */
  constructor(pauseMs: number) {
    this.#pauseMs = pauseMs;
  }

  /** Milliseconds from `now` in which more events are waited for; 0 where there are many already, or there is no pause. */
  waitMs(events: number, now: number): number {
    return events < LAGGING_EVENTS ? Math.max(0, this.#pauseUntil - now) : 0;
  }

  /** A pause begins. The busier the machine, the longer a batch takes, and the more events the next one waits for. */
  written({ events, hasPaused, began, ended }: Written): void {
    if (this.#pauseMs === 0) return;
    const isBusy = hasPaused && events >= BUSY_EVENTS;
    this.#busy = isBusy ? Math.min(BUSY_GROWTH * this.#busy, MAX_BUSY_PAUSE_MS) : 1;
    const pause = Math.min(Math.max(this.#pauseMs, PAUSES_PER_BATCH * (ended - began)), MAX_PAUSE_MS);
    this.#pauseUntil = ended + Math.min(this.#busy * pause, MAX_BUSY_PAUSE_MS);
  }
}
