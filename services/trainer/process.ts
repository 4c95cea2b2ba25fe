import { type ChildProcess, fork } from 'node:child_process';
import { on, once } from 'node:events';
import { EpochlogError } from '../../kernel/errors.ts';
import type { EpochReport } from '../../ml/engines/engine.ts';
import type { FromTraining, ToTraining, TrainedPackage, TrainingStart } from './protocol.ts';

const CHILD = new URL('./child.ts', import.meta.url);
/** Processes that are killed, one after the other, before the training is given up: it may need too much memory. */
const ATTEMPTS = 3;
const STDERR_CHARACTERS = 2_000;

export type TrainingJob = Omit<TrainingStart, 'checkpoint'>;

export interface Watcher {
  /** An abort ends the process (AbortError). */
  signal: AbortSignal;
  /** what was saved last, by this process or an earlier one */
  loadCheckpoint(): Promise<Uint8Array | undefined>;
  saveCheckpoint(state: Uint8Array): Promise<void>;
  /** Told of each epoch; of some again, when a process was killed after its last checkpoint. */
  onEpoch(report: EpochReport): Promise<void>;
}

class ProcessKilled extends Error {}

/**
 * Trains in a process of its own, so that the event loop stays free. A process that is killed (SIGKILL) is replaced by
 * another, which resumes from the last checkpoint. INPUT_INVALID when the dataset or a parameter is at fault;
 * TRAINING_FAILED when the engine is: a defect in it, or not enough memory, would be there again at the next try.
 */
export async function trainInProcess(job: TrainingJob, watcher: Watcher): Promise<TrainedPackage> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await trainOnce({ ...job, checkpoint: await watcher.loadCheckpoint() }, watcher);
    } catch (error) {
      if (!(error instanceof ProcessKilled)) throw error;
      if (attempt === ATTEMPTS) {
        throw new EpochlogError(
          'TRAINING_FAILED',
          `${error.message}, ${ATTEMPTS} times; is there enough memory?`,
        );
      }
    }
  }
}

async function trainOnce(start: TrainingStart, watcher: Watcher): Promise<TrainedPackage> {
  const { signal } = watcher;
  signal.throwIfAborted();
  const child = fork(CHILD, [], {
    env: {},
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const ended = once(child, 'exit');
  const errors = textOf(child);
  const say = (message: ToTraining) => child.send(message, () => {}); // an error here is an exit soon after
  try {
    say({ kind: 'start', ...start });
    for await (const [posted] of on(child, 'message', { signal, close: ['disconnect'] })) {
      const message: FromTraining = posted;
      if (message.kind === 'trained') return message;
      if (message.kind === 'invalid') throw new EpochlogError('INPUT_INVALID', message.reason);
      if (message.kind === 'failed') throw failed(message.reason);
      if (message.kind === 'epoch') await watcher.onEpoch(message.report);
      else {
        await watcher.saveCheckpoint(message.state);
        say({ kind: 'saved' });
      }
    }
    const [code, killedBy] = await ended;
    if (killedBy === 'SIGKILL') throw new ProcessKilled('the training process was killed');
    throw failed(`its process ended with ${killedBy ?? `exit code ${code}`}: ${errors()}`);
  } finally {
    child.kill('SIGKILL');
  }
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
