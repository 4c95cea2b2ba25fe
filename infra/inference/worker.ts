import { EpochlogError, messageOf } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import { InferenceProcess, ProcessEnded, type ProcessLimits } from './process.ts';
import type { Command, Source } from './protocol.ts';

const ATTEMPTS = 2;

export interface WorkerLimits extends ProcessLimits {
  /** runs waiting for an answer, beyond which new ones are OVERLOADED */
  maxRuns: number;
  /** milliseconds after which a process without sessions ends: it takes as much memory as one with a model */
  idleMs: number;
}

/**
 * Sessions in a process that is replaced under them: when it ends, and when it is worn. A worn process serves
 * until its successor has every session open, and answers what it was asked before it goes. Without sessions it ends after
 * a while.
 */
export class Worker {
  readonly #limits: WorkerLimits;
  readonly #logger: Logger;
  /** of every open session, what it takes to open it again */
  readonly #sources = new Map<number, Source>();
  #process: Promise<InferenceProcess> | undefined;
  /** opens, closes and replacements, one after the other */
  #changes: Promise<unknown> = Promise.resolve();
  #replacing = false;
  #residentBytes: number | undefined;
  #runs = 0;
  #closed = false;
  #idle: NodeJS.Timeout | undefined;

  constructor(limits: WorkerLimits, logger: Logger) {
    this.#limits = limits;
    this.#logger = logger;
  }

  get sessions(): number {
    return this.#sources.size;
  }

  /** memory of the process at its last answer; undefined before the first */
  get residentBytes(): number | undefined {
    return this.#residentBytes;
  }

  /** The process as it is once what is under way is done; undefined when none is needed. */
  async process(): Promise<InferenceProcess | undefined> {
    await this.#changes;
    return this.#process;
  }

  open(session: number, source: Source): Promise<void> {
    return this.#change(async () => {
      try {
        await this.#perform({ do: 'open', session, source });
        this.#sources.set(session, source);
      } finally {
        this.#endWhenIdle();
      }
    });
  }

  async run(session: number, question: unknown): Promise<unknown> {
    if (this.#runs >= this.#limits.maxRuns) {
      throw new EpochlogError('OVERLOADED', `${this.#runs} runs are waiting for the inference process`);
    }
    this.#runs += 1;
    try {
      return await this.#perform({ do: 'run', session, question });
    } finally {
      this.#runs -= 1;
    }
  }

  closeSession(session: number): Promise<void> {
    return this.#change(async () => {
      if (!this.#sources.delete(session)) return;
      this.#endWhenIdle();
      await this.#perform({ do: 'close', session });
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    await this.#changes;
    const process = await this.#process?.catch(() => undefined);
    await process?.retire();
  }

  #endWhenIdle(): void {
    clearTimeout(this.#idle);
    if (this.#sources.size > 0 || this.#closed) return;
    const end = async () => {
      if (this.#sources.size > 0) return;
      const idle = await this.#process?.catch(() => undefined);
      this.#process = undefined;
      await idle?.retire();
    };
    this.#idle = setTimeout(() => void this.#change(end), this.#limits.idleMs).unref();
  }

  /** Gives a command to the process; if that ends first, to the next one. */
  async #perform(command: Command): Promise<unknown> {
    for (let attempt = 1; ; attempt++) {
      try {
        const process = await this.#current();
        const answer = await process.request(command);
        this.#residentBytes = process.rss;
        if (process.worn) this.#replaceSoon();
        return answer;
      } catch (error) {
        if (!(error instanceof ProcessEnded)) throw error;
        if (attempt < ATTEMPTS) continue;
        throw new EpochlogError('INFERENCE_UNAVAILABLE', `${error.message}; tried ${ATTEMPTS} times`);
      }
    }
  }

  #change<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#changes.then(change);
    this.#changes = result.catch(() => {});
    return result;
  }

  #current(): Promise<InferenceProcess> {
    if (this.#closed) throw new EpochlogError('INFERENCE_UNAVAILABLE', 'inference has been closed');
    return this.#process ?? this.#adopt(this.#start());
  }

  /** Makes a starting process the current one for as long as it lives; its end begins another if it is needed. */
  #adopt(starting: Promise<InferenceProcess>): Promise<InferenceProcess> {
    this.#process = starting;
    const forget = () => {
      if (this.#process !== starting) return false;
      this.#process = undefined;
      return true;
    };
    starting.then(async ({ ended }) => {
      await ended;
      if (forget() && this.#sources.size > 0 && !this.#closed) this.#current().catch(() => {});
    }, forget);
    return starting;
  }

  /** A new process with every session open. */
  async #start(): Promise<InferenceProcess> {
    const process = new InferenceProcess(this.#limits, this.#logger);
    try {
      for (const [session, source] of this.#sources) await process.request({ do: 'open', session, source });
    } catch (error) {
      await process.retire();
      throw error;
    }
    process.beginFresh();
    return process;
  }

  #replaceSoon(): void {
    if (this.#replacing || this.#closed) return;
    this.#replacing = true;
    void this.#change(async () => {
      const old = await this.#process?.catch(() => undefined);
      if (old?.worn) await this.#replace(old);
      this.#replacing = false;
    });
  }

  async #replace(old: InferenceProcess): Promise<void> {
    const { pid, rss, opened } = old;
    try {
      const next = await this.#start();
      this.#adopt(Promise.resolve(next));
      this.#logger.info({ pid, rss, opened, successor: next.pid }, 'worn inference process replaced');
      void old.retire();
    } catch (error) {
      this.#logger.warn({ pid, rss, opened, reason: messageOf(error) }, 'a worn inference process stays');
      old.beginFresh();
    }
  }
}
