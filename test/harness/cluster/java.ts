import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { EpochlogError, messageOf } from '../../../kernel/errors.ts';
import { guarded } from '../watchdog.ts';

/** For few cores and little memory: short-lived processes need neither the C2 compiler nor a parallel collector. */
const FRUGAL = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto', '-Djava.awt.headless=true'];
const PROBE_INTERVAL_MS = 50;
const START_TIMEOUT_MS = 200_000;
const MAX_LOG_LINES = 20;

/** A Java process that does not outlive this one, even by kill -9. */
export class JavaProcess {
  readonly #name: string;
  readonly #logFile: string;
  readonly #child: ChildProcess;
  readonly ended: Promise<unknown>;

  /** Runs `java ARGS`, its output appended to a file. */
  constructor(name: string, args: readonly string[], logFile: string) {
    this.#name = name;
    this.#logFile = logFile;
    const log = openSync(logFile, 'a');
    this.#child = guarded(
      spawn('java', [...FRUGAL, ...args], { stdio: ['ignore', log, log], detached: true }),
    );
    closeSync(log);
    this.ended = once(this.#child, 'exit');
    this.#child.unref();
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it; resolves when it has ended. */
  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (!this.isRunning) return;
    this.#child.ref();
    this.#child.kill(signal);
    await this.ended;
  }

  /** Retries the probe until it succeeds. LOG_UNAVAILABLE, with the end of its output, when the process ends or the time is up. */
  async untilAnswers(probe: () => Promise<unknown>): Promise<void> {
    for (const deadline = Date.now() + START_TIMEOUT_MS; ; ) {
      try {
        await probe();
        return;
      } catch (error) {
        if (!this.isRunning) throw await this.#failure('has ended');
        if (Date.now() > deadline) throw await this.#failure(`does not answer: ${messageOf(error)}`);
        await sleep(PROBE_INTERVAL_MS);
      }
    }
  }

  async #failure(what: string): Promise<EpochlogError> {
    const lines = (await readFile(this.#logFile, 'utf8')).trim().split('\n');
    return new EpochlogError(
      'LOG_UNAVAILABLE',
      `${this.#name} ${what}\n${lines.slice(-MAX_LOG_LINES).join('\n')}`,
    );
  }
}

/** Runs Java to its end. LOG_UNAVAILABLE, with its output, when it fails. */
export async function runJava(args: readonly string[]): Promise<void> {
  const child = spawn('java', [...FRUGAL, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code] = await once(child, 'close');
  if (code !== 0) throw new EpochlogError('LOG_UNAVAILABLE', `java ${args.join(' ')}\n${output.trim()}`);
}
