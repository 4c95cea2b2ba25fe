import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import { EpochlogError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import { childEnvironment } from '../config/child-environment.ts';
import type { Command, Reply, Request } from './protocol.ts';

const CHILD = new URL('./child.ts', import.meta.url);

/** V8 lets what is new grow to 128 MB before it collects it: more than all else in the process. */
const SMALL_NURSERY = '--max-semi-space-size=16';

/** The process ended before it answered; the command may be given to another. */
export class ProcessEnded extends Error {}

export interface ProcessLimits {
  /** models opened, after which a process is worn: ONNX Runtime does not give all memory of a closed one back */
  maxOpens: number;
  /** bytes of growth after which a process is worn */
  maxGrowth: number;
  /** runs after which a process is worn */
  maxLife: number;
  /** milliseconds in which a command must be answered; a process that hangs is killed */
  timeoutMs: number;
}

interface Pending {
  resolve(answer: unknown): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout;
}

/** One child process. Commands are sent as they come and answered in their order. */
export class InferenceProcess {
  /** resolves when the process is no more */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #limits: ProcessLimits;
  readonly #pending = new Map<number, Pending>();
  #nextId = 0;
  #retired = false;
  #opened = 0;
  #ran = 0;
  #rss = 0;
  #freshRss = 0;

  constructor(limits: ProcessLimits, logger: Logger) {
    this.#limits = limits;
    // structured clone carries typed arrays as bytes: 25 µs there and back
    this.#child = fork(CHILD, [], {
      env: childEnvironment(),
      execArgv: [SMALL_NURSERY],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.on('message', (reply: Reply) => this.#settle(reply));
    createInterface({ input: this.#child.stderr! }).on('line', (line) =>
      logger.debug({ pid: this.pid, line }, 'inference process says'),
    );
    this.ended = new Promise((resolve) => {
      const end = (how: string) => {
        if (!this.#retired) logger.warn({ pid: this.pid, how }, 'an inference process ended');
        resolve(); // first: who awaits it takes the process out of use before its commands are tried again
        for (const { reject, timer } of this.#pending.values()) {
          clearTimeout(timer);
          reject(new ProcessEnded(`the inference process ended: ${how}`));
        }
        this.#pending.clear();
      };
      this.#child.once('exit', (code, signal) => end(signal ?? `exit code ${code}`));
      this.#child.once('error', (error) => end(error.message));
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** memory when it was looked at last, in bytes */
  get rss(): number {
    return this.#rss;
  }

  /** models opened since it was fresh */
  get opened(): number {
    return this.#opened;
  }

  get worn(): boolean {
    const { maxOpens, maxLife, maxGrowth } = this.#limits;
    return this.#opened >= maxOpens || this.#ran >= maxLife || this.#rss - this.#freshRss > maxGrowth;
  }

  /** Counts wear from here. */
  beginFresh(): void {
    this.#opened = 0;
    this.#ran = 0;
    this.#freshRss = this.#rss;
  }

  /** ProcessEnded when there will be no answer, INFERENCE_FAILED when the answer is an error. */
  async request(command: Command): Promise<unknown> {
    if (!this.#child.connected) {
      await this.ended;
      throw new ProcessEnded('the inference process has ended');
    }
    const id = this.#nextId++;
    if (command.do === 'open') this.#opened += 1;
    if (command.do === 'run') this.#ran += 1;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), this.#limits.timeoutMs);
      this.#pending.set(id, { resolve, reject, timer });
      this.#child.send({ ...command, id } satisfies Request, () => {}); // an error here is an exit soon after
    });
  }

  /** Answers what it was asked, then ends; by force when that takes too long. */
  async retire(): Promise<void> {
    this.#retired = true;
    if (this.#pending.size === 0 && this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), this.#limits.timeoutMs);
    await this.ended;
    clearTimeout(timer);
  }

  #settle(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    if (!pending) return;
    this.#pending.delete(reply.id);
    clearTimeout(pending.timer);
    this.#rss = reply.rss ?? this.#rss;
    if ('answer' in reply) pending.resolve(reply.answer);
    else pending.reject(new EpochlogError('INFERENCE_FAILED', reply.error));
    if (this.#retired && this.#pending.size === 0) this.#child.disconnect();
  }
}
