import type { Logger } from '../../kernel/logger.ts';
import type { Inference, Session } from '../../kernel/ports/inference.ts';
import type { Source } from './protocol.ts';
import { Worker, type WorkerLimits } from './worker.ts';

const MiB = 1024 * 1024;
const DEFAULTS: WorkerLimits = {
  maxOpens: 20,
  maxLife: 1_000_000,
  maxGrowth: 512 * MiB,
  timeoutMs: 60_000,
  maxRuns: 1_000,
  idleMs: 10_000,
};

export interface InferenceOptions extends Partial<WorkerLimits> {
  logger: Logger;
  /** processes at most: with two, the model that is served does not wait for one that is evaluated */
  processes?: number;
}

/** A process at work. */
export interface ProcessStatus {
  pid: number;
  sessions: number;
  /** models opened since it took over */
  opened: number;
  /** bytes, at its last answer */
  rss: number;
}

export interface OnnxInference extends Inference {
  processes(): Promise<ProcessStatus[]>;
}

/**
 * Inference by ONNX Runtime on the CPU, in child processes: it does not give back all memory of closed models,
 * crashes in worker threads, and blocks the event loop that runs it. A process starts with the first session
 * that needs it, and ends some seconds after the last one was closed; each session lives in the one with the fewest.
 */
export function startInference(options: InferenceOptions): OnnxInference {
  const { logger, processes = 2, ...limits } = options;
  const workers = Array.from({ length: processes }, () => new Worker({ ...DEFAULTS, ...limits }, logger));
  let nextSession = 0;

  async function open<Question, Answer>(source: Source): Promise<Session<Question, Answer>> {
    const worker = workers.reduce((least, other) => (other.sessions < least.sessions ? other : least));
    const session = nextSession++;
    await worker.open(session, source);
    return {
      run: async (question) => (await worker.run(session, question)) as Answer,
      residentBytes: () => worker.residentBytes,
      close: () => worker.closeSession(session),
    };
  }

  return {
    open: (model) => open({ model }),
    load: (program, files) => open({ program: program.href, files }),

    async processes() {
      const statuses = workers.map(async (worker) => {
        const process = await worker.process();
        if (process?.pid === undefined) return [];
        const { pid, rss, opened } = process;
        return [{ pid, rss, opened, sessions: worker.sessions }];
      });
      return (await Promise.all(statuses)).flat();
    },

    async close() {
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}
