import type { NewEvent, ServiceContext } from '../../schemas/catalogue.ts';
import type { EvaluationRequested } from '../../schemas/events.generated.ts';

/** An evaluation that was begun before its turn. */
interface Begun {
  /** what it was made of, besides the request */
  readonly inputs: string;
  readonly end: Promise<NewEvent[]>;
}

/** Makes an evaluation, or says why there is none; it does not reject but for defects and what can be tried again. */
type Work = (request: EvaluationRequested) => Promise<NewEvent[]>;

/**
 * Begins the evaluations that wait in the log while one has its turn, so that some run beside each other. Their results are still
 * emitted one by one, in the order of the requests, with the offset of each: what is begun too early or twice costs time, and
 * nothing else. An evaluation whose inputs have changed until its turn is made again.
 */
export class Ahead {
  readonly #work: Work;
  readonly #inputsOf: (request: EvaluationRequested) => string;
  readonly #atOnce: number;
  /** by offset of the request */
  readonly #begun = new Map<number, Begun>();
  /** the last request that had its turn */
  #passed = -1;
  #freed = Promise.withResolvers<void>();

  /** @param atOnce evaluations beside each other, with the one that has its turn */
  constructor(atOnce: number, work: Work, inputsOf: (request: EvaluationRequested) => string) {
    this.#atOnce = atOnce;
    this.#work = work;
    this.#inputsOf = inputsOf;
  }

  /** The evaluation of a request that has its turn. */
  async take(offset: number, request: EvaluationRequested): Promise<NewEvent[]> {
    this.#passed = Math.max(this.#passed, offset);
    const begun = this.#begun.get(offset);
    for (const other of this.#begun.keys()) if (other <= offset) this.#forget(other); // its place is that of the turn now
    return begun?.inputs === this.#inputsOf(request) ? begun.end : this.#work(request);
  }

  /** Follows the requests in the log, until the signal aborts. */
  async follow(
    { events }: Pick<ServiceContext, 'events'>,
    service: string,
    signal: AbortSignal,
  ): Promise<void> {
    const from = await events.committed(service, ['evaluations']);
    for await (const record of events.follow(from, signal)) {
      if (record.headers.ce_type !== 'EvaluationRequested') continue;
      await this.#room(signal);
      if (signal.aborted) return;
      if (record.offset <= this.#passed) continue;
      for (const event of await events.decode(record))
        if (event.type === 'EvaluationRequested') this.#begin(record.offset, event.data);
    }
  }

  #begin(offset: number, request: EvaluationRequested): void {
    const end = this.#work(request);
    end.catch(() => {}); // it is told when the request has its turn
    this.#begun.set(offset, { inputs: this.#inputsOf(request), end });
  }

  /** Until fewer are begun than may be; one place is for the evaluation that has its turn. */
  async #room(signal: AbortSignal): Promise<void> {
    const { promise: aborted, resolve } = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => resolve(), { once: true });
    while (this.#begun.size >= this.#atOnce - 1 && !signal.aborted)
      await Promise.race([this.#freed.promise, aborted]);
  }

  #forget(offset: number): void {
    if (!this.#begun.delete(offset)) return;
    this.#freed.resolve();
    this.#freed = Promise.withResolvers();
  }
}
