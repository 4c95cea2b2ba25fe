import { type ChildProcess, fork } from 'node:child_process';
import { on, once } from 'node:events';
import { getCompileCacheDir } from 'node:module';
import { EpochlogError } from '../../kernel/errors.ts';
import type { BatchReduced, EpochReport, Preparation } from '../../ml/engines/engine.ts';
import type { FromTraining, ToTraining, Trained, TrainedPackage, TrainingStart, Usage } from './protocol.ts';

const CHILD = new URL('./child.ts', import.meta.url);
/** Processes that are killed, one after the other, before the training is given up: it may need too much memory. */
const ATTEMPTS = 3;
const STDERR_CHARACTERS = 2_000;
/** how long a process waits for the next training */
const IDLE_MS = 10_000;
/** A trainer that stops waits for the end of an epoch that is shorter than this, */
const MAX_EPOCH_TO_STOP_MS = 2_000;
/** and then so long for its checkpoint. */
const SAVING_MS = 3_000;

export interface TrainingJob extends Omit<TrainingStart, 'checkpoint' | 'dataset'> {
  /** the bytes of the dataset artifact: asked for by each process that trains, and not kept */
  readonly dataset: () => Promise<Uint8Array>;
}

export interface Watcher {
  /** An abort ends the process at once (AbortError). */
  signal: AbortSignal;
  /** An abort ends it too, after a checkpoint where the epoch that it is in ends soon. */
  stopping: AbortSignal;
  /** what was saved last, by this process or an earlier one */
  loadCheckpoint(): Promise<Uint8Array | undefined>;
  saveCheckpoint(state: Uint8Array): Promise<void>;
  onProgress(preparation: Preparation): void;
  /** Told of each epoch; of some again, when a process was killed after its last checkpoint. */
  onEpoch(report: EpochReport, usage: Usage): Promise<void>;
  /** Told when memory ran out, and the training goes on with fewer examples at a time. */
  onBatchReduced(reduced: BatchReduced): Promise<void>;
}

/** Its process cannot go on, and another may. */
class ProcessLost extends Error {
  readonly advice: string;

  constructor(message: string, advice: string) {
    super(message);
    this.advice = advice;
  }
}

/**
 * Trains in a process of its own, so that the event loop stays free. After a training its process waits a while for the
 * next one, which then needs no start and finds its code compiled.
 */
export class TrainingProcesses {
  #idle: TrainingProcess | undefined;
  #timer: NodeJS.Timeout | undefined;

  /**
   * A process that is killed, or whose device is lost, is replaced by another, which resumes from the last checkpoint.
   * INPUT_INVALID when
   * the dataset or a parameter is at fault; TRAINING_FAILED when the engine is: a defect in it, or not enough memory, would
   * be there again at the next try.
   */
  async train(job: TrainingJob, watcher: Watcher): Promise<TrainedPackage> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#trainOnce(job, watcher);
      } catch (error) {
        if (!(error instanceof ProcessLost)) throw error;
        if (attempt === ATTEMPTS) {
          throw new EpochlogError('TRAINING_FAILED', `${error.message}, ${ATTEMPTS} times; ${error.advice}`);
        }
      }
    }
  }

  /** Ends the process that waits. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#idle?.kill();
    this.#idle = undefined;
  }

  async #trainOnce(job: TrainingJob, watcher: Watcher): Promise<TrainedPackage> {
    watcher.signal.throwIfAborted();
    watcher.stopping.throwIfAborted();
    const process = this.#take();
    try {
      const { isLarge, ...trained } = await process.train(job, watcher);
      if (!isLarge) this.#keep(process);
      return trained;
    } finally {
      if (this.#idle !== process) process.kill();
    }
  }

  #take(): TrainingProcess {
    clearTimeout(this.#timer);
    const idle = this.#idle?.isAlive ? this.#idle : new TrainingProcess();
    this.#idle = undefined;
    idle.ref();
    return idle;
  }

  #keep(process: TrainingProcess): void {
    this[Symbol.dispose](); // of another run, when two were trained at a time
    process.unref();
    this.#idle = process;
    this.#timer = setTimeout(() => this[Symbol.dispose](), IDLE_MS).unref();
  }
}

/** V8 lets what is new grow to 128 MB before it collects it: of 72,000 texts a quarter of the memory, and no less time. */
const SMALL_NURSERY = '--max-semi-space-size=16';

/** Of what is freed glibc gives more back: with few arenas, and large blocks mapped alone. */
const MALLOC = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: `${1 << 18}`,
  MALLOC_TRIM_THRESHOLD_: `${1 << 18}`,
};

/** A process that trains one model after the other. */
class TrainingProcess {
  readonly #child = fork(CHILD, [], {
    env: { NODE_COMPILE_CACHE: getCompileCacheDir(), ...MALLOC }, // starts in two thirds of the time
    execArgv: ['--expose-gc', SMALL_NURSERY],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  readonly #ended = once(this.#child, 'exit');
  readonly #errors = textOf(this.#child);

  async train(job: TrainingJob, watcher: Watcher): Promise<Trained> {
    await this.#start(job, watcher);
    watcher.stopping.throwIfAborted();
    using stop = new Stop(watcher.stopping, () => this.#say({ kind: 'stop' }));
    const signal = AbortSignal.any([watcher.signal, stop.signal]);
    for await (const [posted] of on(this.#child, 'message', { signal, close: ['disconnect'] })) {
      const message: FromTraining = posted;
      if (message.kind === 'trained') return message;
      if (message.kind === 'invalid') throw new EpochlogError(message.code, message.reason);
      if (message.kind === 'failed') throw failed(message.reason);
      if (message.kind === 'lost') throw new ProcessLost(message.reason, 'device cpu always works');
      if (message.kind === 'progress') watcher.onProgress(message);
      else if (message.kind === 'epoch') {
        stop.epochEnded();
        await watcher.onEpoch(message.report, message.usage);
      } else if (message.kind === 'reduced') await watcher.onBatchReduced(message.reduced);
      else {
        await watcher.saveCheckpoint(message.state);
        watcher.stopping.throwIfAborted();
        this.#say({ kind: 'saved' });
      }
    }
    const [code, killedBy] = await this.#ended;
    // Ctrl-C reaches a process that is just starting as well: whether the trainer stops too is its own matter
    if (killedBy === 'SIGKILL' || killedBy === 'SIGINT')
      throw new ProcessLost('the training process was killed', 'is there enough memory?');
    throw failed(`its process ended with ${killedBy ?? `exit code ${code}`}: ${this.#errors()}`);
  }

  get isAlive(): boolean {
    return this.#child.connected && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Whether this process waits for that one to end. */
  ref(): void {
    this.#child.ref();
    this.#child.channel?.ref();
  }

  unref(): void {
    this.#child.unref();
    this.#child.channel?.unref();
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** A function of its own, so that what it sends is not kept for as long as the training takes. */
  async #start(job: TrainingJob, watcher: Watcher): Promise<void> {
    const [dataset, checkpoint] = [await job.dataset(), await watcher.loadCheckpoint()];
    this.#say({ kind: 'start', ...job, dataset, checkpoint });
  }

  #say(message: ToTraining): void {
    this.#child.send(message, () => {}); // an error here is an exit soon after
  }
}

/** Ends a process that is to stop when its epoch should have ended, and been saved, long ago. */
class Stop {
  readonly #ended = new AbortController();
  readonly #stopping: AbortSignal;
  readonly #ask: () => void;
  #epochMs = 0;
  #began = performance.now();
  #timer: NodeJS.Timeout | undefined;

  constructor(stopping: AbortSignal, ask: () => void) {
    this.#stopping = stopping;
    this.#ask = ask;
    stopping.addEventListener('abort', this.#stop);
  }

  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  epochEnded(): void {
    this.#epochMs = performance.now() - this.#began;
    this.#began = performance.now();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#stopping.removeEventListener('abort', this.#stop);
  }

  readonly #stop = (): void => {
    this.#ask();
    const wait =
      this.#epochMs > 0 && this.#epochMs <= MAX_EPOCH_TO_STOP_MS ? 2 * this.#epochMs + SAVING_MS : 0;
    this.#timer = setTimeout(() => this.#ended.abort(this.#stopping.reason), wait);
  };
}

const failed = (reason: string) => new EpochlogError('TRAINING_FAILED', `the engine failed: ${reason}`);

/** The end of what a process writes to its standard error. */
function textOf({ stderr }: ChildProcess): () => string {
  let text = '';
  stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-STDERR_CHARACTERS);
  });
  return () => text.trim();
}
